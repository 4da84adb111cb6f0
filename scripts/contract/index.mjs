// Knowledge that stands in more than one place, compared: each check has one subject.

import * as adapters from './adapters.mjs';
import * as browser from './browser.mjs';
import * as defaults from './defaults.mjs';
import { Differences } from './differences.mjs';
import * as errors from './errors.mjs';
import * as exported from './exports.mjs';
import * as hubs from './hubs.mjs';
import * as limits from './limits.mjs';
import * as notices from './notices.mjs';
import * as options from './options.mjs';
import * as packages from './packages.mjs';
import * as records from './records.mjs';
import * as redis from './redis.mjs';
import * as reference from './reference.mjs';
import * as relays from './relays.mjs';
import * as states from './states.mjs';
import * as stores from './stores.mjs';
import * as vocabulary from './vocabulary.mjs';

export const CHECKS = [
  ...[
    exported,
    errors,
    records,
    notices,
    states,
    options,
    defaults,
    vocabulary,
    limits,
    browser,
    packages,
    relays,
    hubs,
    stores,
    redis,
    adapters,
    reference,
  ],
];

/**
 * What differs in a tree, in sentences; also what is not where a check looks for it.
 *
 * @param {import('./tree.mjs').Tree} tree
 * @param {typeof CHECKS} [checks]
 */
export async function differencesIn(tree, checks = CHECKS) {
  const sentences = [];
  for (const { name, check } of checks) {
    const differences = new Differences();
    try {
      await check(tree, differences);
    } catch (error) {
      differences.note(error.stack);
    }
    sentences.push(...differences.sentences.map((sentence) => `${name}: ${sentence}`));
  }
  return sentences;
}
