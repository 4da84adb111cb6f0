// What building the addon needs, and what to do about what is missing.

import { output } from './process.mjs';

/** The oldest cargo that builds the addon: the minimum of the napi crate. Also in Cargo.toml. */
export const MINIMUM_CARGO = '1.88';

const INSTALL_RUST = 'install Rust from https://rustup.rs';

/** One sentence for each missing thing; none when the addon can be built. */
export function missingTools() {
  return [missingCargo(), missingCompiler()].filter((sentence) => sentence !== null);
}

function missingCargo() {
  const printed = output('cargo', ['--version']);
  if (printed === null) {
    return `cargo was not found: ${INSTALL_RUST} (${MINIMUM_CARGO} or later)`;
  }
  const version = /(\d+)\.(\d+)\.\d+/.exec(printed);
  const [major, minor] = MINIMUM_CARGO.split('.').map(Number);
  if (version && (Number(version[1]) > major || Number(version[2]) >= minor)) return null;
  return `${printed} is too old: ${MINIMUM_CARGO} or later is needed, run "rustup update" or ${INSTALL_RUST}`;
}

/** Rust links with the C compiler, and the cryptography crate compiles C and assembly with it. */
function missingCompiler() {
  // MSVC is found by rustc itself, outside the path.
  if (process.platform === 'win32') return null;
  const compiler = process.env.CC ?? 'cc';
  if (output(compiler, ['--version']) !== null) return null;
  const how =
    process.platform === 'darwin'
      ? 'run "xcode-select --install"'
      : 'install it with "apt-get install build-essential" or your system\'s equivalent';
  return `no C compiler and linker was found (${compiler}): ${how}`;
}
