// `npm run release`: packs the main package and those of the platforms, checks them and publishes them, as the
// release workflow does. What npm knows of the registry (`.npmrc`, `npm login`) decides who may.
//
//   --registry URL     where to publish; npm's own setting unless told
//   --targets NAMES    such as linux-x64-gnu,darwin-arm64; all unless told. `host` is this machine's, whose addon
//                      is built if there is none
//   --addons FOLDER    where the addons of the targets are; the package's own folder unless told
//   --dry-run          everything but the publishing
//   --pack FOLDER      only packs, and leaves the packages there, with what is in them as packages.json
//   --provenance       has npm attest where the packages were built, which only a workflow can
//   --any-size         also what weighs too much, such as a build for development

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, isLoadable, isStale, TARGET } from './addon.mjs';
import { fail, output, root, run, say } from './process.mjs';
import * as limits from './release/limits.mjs';
import { fileOf, packages, platforms } from './release/packages.mjs';

if (process.env.npm_lifecycle_event === 'prepublishOnly') {
  fail('a plain "npm publish" leaves out the platforms: type "npm run release -- --targets host"');
}

const { values: wish } = parseArgs({
  options: {
    registry: { type: 'string' },
    targets: { type: 'string' },
    addons: { type: 'string', default: root },
    'dry-run': { type: 'boolean', default: false },
    pack: { type: 'string' },
    provenance: { type: 'boolean', default: false },
    'any-size': { type: 'boolean', default: false },
  },
});

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const workshop = mkdtempSync(join(tmpdir(), 'perennial-sse-release-'));
process.once('exit', () => rmSync(workshop, { recursive: true, force: true }));

const addons = addonsOf(platforms(workshop));
const packed = pack(packages(workshop, addons));
if (!wish['any-size']) weigh(packed);
if (wish.pack === undefined) for (const one of packed) publish(one);
else writeFileSync(join(wish.pack, 'packages.json'), JSON.stringify(packed, null, 2));

/** The addon of each target that is wanted. */
function addonsOf(known) {
  const wanted = wish.targets?.split(',').map((name) => (name === 'host' ? TARGET : name)) ?? known;
  const strange = wanted.filter((target) => !known.includes(target));
  if (strange.length > 0) fail(`no target ${strange.join(', ')}; there are ${known.join(', ')}`);
  if (wish.targets === 'host' && wish.addons === root && (isStale() || !isLoadable())) build();
  const found = new Map(
    wanted.map((target) => [target, join(resolve(wish.addons), fileOf(target))]),
  );
  const missing = [...found.values()].filter((path) => !existsSync(path));
  if (missing.length > 0) fail(`these addons are missing: ${missing.join(', ')}`);
  return found;
}

/** Makes an archive of each, which is what is published. */
function pack(all) {
  const folder = resolve(wish.pack ?? join(workshop, 'packed'));
  mkdirSync(folder, { recursive: true });
  const folders = all.map(({ folder }) => folder);
  const wanted = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...folders];
  const printed = output('npm', wanted);
  if (printed === null) fail('npm did not pack the packages');
  return JSON.parse(printed).map(({ name, filename, unpackedSize, files }) => ({
    name,
    path: join(folder, filename),
    unpackedSize,
    files: files.map(({ path }) => path),
  }));
}

/** Refuses what weighs too much: nobody would notice otherwise. */
function weigh(all) {
  for (const [target, path] of addons) {
    const { size } = statSync(path);
    say(`the addon of ${target} has ${size} bytes of at most ${limits.ADDON}`);
    if (size > limits.ADDON) fail('that is too large; --any-size publishes it all the same');
  }
  const main = all.at(-1).unpackedSize;
  const largest = Math.max(...all.slice(0, -1).map(({ unpackedSize }) => unpackedSize));
  say(`installed, ${main + largest} bytes of at most ${limits.INSTALLED}`);
  if (main + largest > limits.INSTALLED) fail('that is too large; --any-size publishes it anyway');
}

/** Publishes one, unless an earlier run that broke off has. */
function publish({ name, path }) {
  const registry = wish.registry ? ['--registry', wish.registry] : [];
  const known = output('npm', ['view', `${name}@${version}`, 'version', ...registry]);
  if (known === version) {
    say(`${name}@${version} is there already`);
    return;
  }
  const options = [
    ...['--access', 'public', '--tag', version.includes('-') ? 'next' : 'latest', ...registry],
    ...(wish.provenance ? ['--provenance'] : []),
    ...(wish['dry-run'] ? ['--dry-run'] : []),
  ];
  if (!run('npm', ['publish', path, ...options])) fail(`${name} was not published; see above`);
}
