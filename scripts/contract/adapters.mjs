// What each adapter exports, takes and is found by, in its code, its types, its stand-in for bundles and package.json.

import { declaredNames } from './exports.mjs';
import { literalOf, numberOf } from './script.mjs';
import { defaultIn, members } from './types.mjs';

export const name = 'adapters';

const ADAPTERS = ['express', 'fastify', 'hono', 'jwt', 'next', 'resumable-stream'];

/** By path: where an entry and its types are, and its stand-in. */
const ENTRIES = new Map([
  ...ADAPTERS.map((adapter) => [
    adapter,
    { own: `lib/adapters/${adapter}`, standIn: `lib/browser/${adapter}` },
  ]),
  ['testing', { own: 'lib/testing/testing', standIn: 'lib/browser/testing' }],
  ['wechat', { own: 'lib/wechat/wechat', standIn: 'lib/browser/wechat' }],
  ['wechat/testing', { own: 'lib/wechat/testing/testing', standIn: 'lib/browser/wechat-testing' }],
]);

/** The conditions under which there is no addon. */
const WITHOUT_ADDON = ['browser', 'edge-light', 'workerd'];

export function check(tree, differences) {
  for (const [path, entry] of ENTRIES) {
    exported(tree, differences, entry);
    found(tree, differences, path, entry);
  }
  options(tree, differences);
}

function exported(tree, differences, { own, standIn }) {
  const types = `${own}.d.ts`;
  const declared = declaredNames(tree.code(types));
  for (const place of [own, standIn]) {
    const script = `${place}.js`;
    const [, listed] = tree.code(script).split('module.exports = {');
    const required = [...listed.matchAll(/^\s*(\w+)(?::[^\n]*)?,?\s*$|(\w+)(?=[, ])/gm)];
    const names = required.map(([, own, other]) => own ?? other);
    differences.same(declared, types, names, script);
    const module = `${place}.mjs`;
    const imported = /export const \{([^}]*)\}/.exec(tree.code(module))[1].match(/\w+/g) ?? [];
    differences.same(declared, types, imported, module);
  }
}

function found(tree, differences, path, { own, standIn }) {
  const { exports, typesVersions } = JSON.parse(tree.text('package.json'));
  const pair = (place) => ({
    import: { types: `./${own}.d.mts`, default: `./${place}.mjs` },
    require: { types: `./${own}.d.ts`, default: `./${place}.js` },
  });
  const wanted = {
    ...Object.fromEntries(WITHOUT_ADDON.map((condition) => [condition, pair(standIn)])),
    ...pair(own),
  };
  const name = `./${path}`;
  differences.equal(name, exports[name], 'package.json', wanted, 'scripts/contract/adapters.mjs');
  const types = typesVersions['*'][path]?.[0];
  differences.equal(name, types, 'typesVersions', pair(own).require.types, 'exports');
}

function options(tree, differences) {
  const next = 'lib/adapters/next.d.ts';
  const routes = 'lib/adapters/answer-routes.js';
  const resumable = 'lib/adapters/resumable-stream';
  const hub = 'lib/adapters/hub-route';
  const jwt = 'lib/adapters/jwt.d.ts';
  for (const [types, type, script] of [
    [next, 'AnswerRoutesOptions', routes],
    [`${hub}-types.d.ts`, 'HubRoutesOptions', `${hub}s.js`],
    [jwt, 'JwtAuthorizerOptions', 'lib/adapters/jwt-options.js'],
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
  const fastify = 'lib/adapters/fastify';
  const ofPlugin = members(tree.text(`${fastify}.d.ts`), 'HubPluginOptions');
  const plugin = tree.code(`${fastify}.js`);
  const taken = literalOf(plugin, 'OPTIONS');
  const [, ofOptions] = tree.code(`${fastify}.d.ts`).split('interface HubPluginOptions');
  const functions = [...ofOptions.matchAll(/^ {2}(\w+)\??\(/gm)].map(([, word]) => word);
  differences.same([...ofPlugin.keys(), ...functions], `${fastify}.d.ts`, taken, `${fastify}.js`);
  const { LEEWAY, REFRESH } = tree.module('lib/adapters/jwt-options.js');
  const ofJwt = members(tree.text(jwt), 'JwtAuthorizerOptions');
  differences.equal('leeway', LEEWAY, 'jwt-options.js', defaultIn(ofJwt.get('leeway')), jwt);
  const ofRefresh = members(tree.text(jwt), 'JwtRefresh');
  differences.same(Object.keys(REFRESH), 'REFRESH', ofRefresh.keys(), 'JwtRefresh');
  for (const [time, value] of Object.entries(REFRESH)) {
    differences.equal(time, value, 'REFRESH', defaultIn(ofRefresh.get(time) ?? ''), 'JwtRefresh');
  }
  const shutdown = 'lib/adapters/shutdown.js';
  const ofRegister = members(tree.text(next), 'RegisterOptions');
  const ending = tree.code(shutdown);
  for (const [what, used, script, comment, types] of [
    ['deadline', numberOf(ending, 'DEADLINE'), shutdown, ofRegister.get('deadline'), next],
    ['hubs', literalOf(ending, 'HUBS'), shutdown, ofRegister.get('hubs'), next],
    [
      'close',
      literalOf(plugin, 'CLOSE'),
      `${fastify}.js`,
      ofPlugin.get('close'),
      `${fastify}.d.ts`,
    ],
  ]) {
    differences.equal(what, used, script, defaultIn(comment ?? ''), types);
  }
}
