// What a page downloads of this package: it must not grow unnoticed.

import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './process.mjs';
import { PAGES } from './release/limits.mjs';

/**
 * The bytes of a bundle, minified and compressed, without what is loaded only when it is asked for.
 *
 * @param {string} contents
 */
async function sizeOf(contents) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root, sourcefile: 'entry.mjs' },
    ...{ bundle: true, minify: true, splitting: true, format: 'esm', write: false, metafile: true },
    ...{ conditions: ['browser'], external: ['react'], outdir: 'out', logLevel: 'error' },
  });
  const texts = new Map(
    outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('out/')), text]),
  );
  const wanted = new Set(
    Object.keys(metafile.outputs).filter(
      (path) => metafile.outputs[path].entryPoint === 'entry.mjs',
    ),
  );
  for (const path of wanted) {
    for (const { kind, path: other } of metafile.outputs[path].imports) {
      if (kind === 'import-statement') wanted.add(other);
    }
  }
  const all = [...wanted].map((path) => texts.get(path)).join('');
  return gzipSync(all, { level: 9 }).length;
}

let large = false;
for (const [what, { source, most }] of Object.entries(PAGES)) {
  const size = await sizeOf(source);
  console.log(`size: ${what} has ${size} bytes of at most ${most}, compressed`);
  large ||= size > most;
}
process.exit(large ? 1 : 0);
