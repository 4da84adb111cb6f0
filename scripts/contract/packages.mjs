// The version, and the platforms that have a package: in manifests, in the loader and in what it says.

import { literalOf } from './script.mjs';

export const name = 'packages';

/** What npm calls the parts of a target of Rust. */
const PROCESSORS = { aarch64: 'arm64', x86_64: 'x64' };
const SYSTEMS = { apple: 'darwin', pc: 'win32', unknown: 'linux' };

const nameOf = (triple) => {
  const [processor, vendor, , abi] = triple.split('-');
  return [SYSTEMS[vendor], PROCESSORS[processor], abi].filter(Boolean).join('-');
};

export function check(tree, differences) {
  const { napi, version } = JSON.parse(tree.text('package.json'));
  const [, crate] = /^version = "(.*)"/m.exec(tree.text('Cargo.toml'));
  differences.equal('the version', version, 'package.json', crate, 'Cargo.toml');
  const targets = napi.targets.map(nameOf);
  const loader = tree.code('binding.js');
  const absence = tree.code('lib/core/addon-absence.js');
  differences.same(targets, 'package.json', literalOf(absence, 'TARGETS'), 'addon-absence.js');
  for (const [what, pattern] of Object.entries({
    'the packages of binding.js': /require\('perennial-sse-([\w-]+)'\)/g,
    'the files of binding.js': /require\('\.\/perennial-sse\.([\w-]+)\.node'\)/g,
    'the cases of binding.js': /case '([\w-]+)'/g,
  })) {
    const named = [...loader.matchAll(pattern)].map(([, target]) => target);
    differences.same(targets, 'package.json', named, what);
  }
}
