// What each adapter exports, takes and is found by, in its code, its types, its stand-in for bundles and package.json.

import { declaredNames } from './exports.mjs';
import { literalOf, numberOf } from './script.mjs';
import { defaultIn, members } from './types.mjs';

export const name = 'adapters';

const ADAPTERS = ['next', 'resumable-stream'];

/** The conditions under which there is no addon. */
const WITHOUT_ADDON = ['browser', 'edge-light', 'workerd'];

export function check(tree, differences) {
  for (const adapter of ADAPTERS) {
    exported(tree, differences, adapter);
    found(tree, differences, adapter);
  }
  options(tree, differences);
}

function exported(tree, differences, adapter) {
  const types = `lib/adapters/${adapter}.d.ts`;
  const declared = declaredNames(tree.code(types));
  for (const folder of ['adapters', 'browser']) {
    const script = `lib/${folder}/${adapter}.js`;
    const [, listed] = tree.code(script).split('module.exports = {');
    const required = [...listed.matchAll(/^\s*(\w+)(?::[^\n]*)?,?\s*$|(\w+)(?=[, ])/gm)];
    const names = required.map(([, own, other]) => own ?? other);
    differences.same(declared, types, names, script);
    const module = `lib/${folder}/${adapter}.mjs`;
    const imported = /export const \{([^}]*)\}/.exec(tree.code(module))[1].match(/\w+/g) ?? [];
    differences.same(declared, types, imported, module);
  }
}

function found(tree, differences, adapter) {
  const { exports, typesVersions } = JSON.parse(tree.text('package.json'));
  const pair = (folder) => ({
    import: {
      types: `./lib/adapters/${adapter}.d.mts`,
      default: `./lib/${folder}/${adapter}.mjs`,
    },
    require: { types: `./lib/adapters/${adapter}.d.ts`, default: `./lib/${folder}/${adapter}.js` },
  });
  const wanted = {
    ...Object.fromEntries(WITHOUT_ADDON.map((condition) => [condition, pair('browser')])),
    ...pair('adapters'),
  };
  const path = `./${adapter}`;
  differences.equal(path, exports[path], 'package.json', wanted, 'scripts/contract/adapters.mjs');
  const types = typesVersions['*'][adapter]?.[0];
  differences.equal(path, types, 'typesVersions', pair('adapters').require.types, 'exports');
}

function options(tree, differences) {
  const next = 'lib/adapters/next.d.ts';
  const routes = 'lib/adapters/answer-routes.js';
  const resumable = 'lib/adapters/resumable-stream';
  for (const [types, type, script] of [
    [next, 'AnswerRoutesOptions', routes],
    [`${resumable}.d.ts`, 'CreateResumableStreamContextOptions', `${resumable}.js`],
  ]) {
    const declared = members(tree.text(types), type).keys();
    differences.same(declared, types, literalOf(tree.code(script), 'OPTIONS'), script);
  }
  const [, words] = /protocol\?: ([^;]*);/.exec(tree.code(next));
  const [, protocols] = /PROTOCOLS = Object\.freeze\(\{([\s\S]*?)\n\}/.exec(tree.code(routes));
  const known = [...protocols.matchAll(/^\s*'?([\w-]+)'?:/gm)].map(([, word]) => word);
  const declared = [...words.matchAll(/'([^']*)'/g)].map(([, word]) => word);
  differences.same(declared, next, known, routes);
  const shutdown = 'lib/adapters/shutdown.js';
  const comment = members(tree.text(next), 'RegisterOptions').get('deadline') ?? '';
  const deadline = numberOf(tree.code(shutdown), 'DEADLINE');
  differences.equal('deadline', deadline, shutdown, defaultIn(comment), next);
}
