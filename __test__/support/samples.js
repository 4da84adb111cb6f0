'use strict';

const { mkdirSync, mkdtempSync, readFileSync, readdirSync } = require('node:fs');
const { rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const ROOT = path.join(__dirname, '..', '..');

/** The pages for users, relative to the package: the README, and docs/ with its folders. */
function pages() {
  const below = (folder) =>
    readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return below(name);
      return name.endsWith('.md') ? [name] : [];
    });
  return ['README.md', ...below('docs').toSorted()];
}

const read = (page) => readFileSync(path.join(ROOT, page), 'utf8');

/**
 * The links of a page that lead to a file here, and where on it they point.
 *
 * @param {string} page
 * @param {string} [text] another text than that of the repository
 */
function links(page, text = read(page)) {
  const prose = text.replace(/^\s*```.*?^\s*```/gms, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file, anchor] = target.split('#');
      const place = file ? path.posix.join(path.posix.dirname(page), file) : page;
      return { target, file: place, anchor };
    });
}

/**
 * The samples of code on a page. The first comment of one may name its file: `// hub.mjs`.
 *
 * @param {string} page
 * @returns {{ page: string, line: number, language: string, name: string | undefined, code: string }[]}
 */
function samplesOf(page) {
  const text = read(page);
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language, 2: code }) => ({
      page,
      line: text.slice(0, index).split('\n').length + 1,
      language,
      name: /^\/\/ ([\w./[\]-]+\.[cm]?[jt]sx?)$/m.exec(code.split('\n')[0])?.[1],
      code,
    }),
  );
}

/**
 * The examples in the comments of declarations, which may use all that a module exports.
 *
 * @param {string} page such as `index.d.ts`
 * @param {string} module by which its exports are imported
 */
function examplesOf(page, module) {
  const text = read(page);
  return [...text.matchAll(/^ *\* @example\n((?:^ *\*(?! @| ?\/).*\n)+)/gm)].map(
    ({ index, 1: lines }) => {
      const code = lines.replace(/^ *\* ?/gm, '');
      const wanted = Object.keys(require(module)).filter(
        (name) =>
          new RegExp(`\\b${name}\\(`).test(code) &&
          !new RegExp(`import [^;]*\\b${name}\\b`).test(code),
      );
      const line = text.slice(0, index).split('\n').length + 1;
      const head = wanted.length > 0 ? `import { ${wanted.join(', ')} } from '${module}'; ` : '';
      return { page, line, language: 'ts', name: undefined, code: `${head}${code}` };
    },
  );
}

/** The sample of a page that names its file so. */
function sample(page, name) {
  const found = samplesOf(page).filter((one) => one.name === name);
  if (found.length !== 1)
    throw new Error(`${found.length} samples of ${page} are ${name}, not one`);
  return found[0].code;
}

/** A folder outside of the repository in which samples find this package, and some others. */
class SampleFolder {
  path = mkdtempSync(path.join(tmpdir(), 'perennial-sse-samples-'));

  /** @param {string[]} packages what they may import besides, as it is installed here */
  constructor(packages = []) {
    const modules = path.join(this.path, 'node_modules');
    mkdirSync(modules);
    symlinkSync(ROOT, path.join(modules, 'perennial-sse'), 'junction');
    for (const name of packages) {
      const place = path.join(modules, name);
      mkdirSync(path.dirname(place), { recursive: true });
      symlinkSync(path.join(ROOT, 'node_modules', name), place, 'junction');
    }
    writeFileSync(path.join(this.path, 'package.json'), '{ "private": true, "type": "module" }\n');
  }

  /** Writes a file, and gives its path. */
  write(name, code) {
    const file = path.join(this.path, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, code);
    return file;
  }

  /** Imports a sample, with some texts replaced: URLs of a provider by those of one that is here. */
  async import(code, replaced = {}) {
    const text = replacing(code, replaced);
    this.#count += 1;
    return import(pathToFileURL(this.write(`sample-${this.#count}.mjs`, text)));
  }

  #count = 0;

  remove() {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A text with others in the place of some, each of which it must have. */
function replacing(code, replaced) {
  return Object.entries(replaced).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the sample has no ${from}`);
    return text.replaceAll(from, to);
  }, code);
}

module.exports = { ROOT, SampleFolder, examplesOf, links, pages, replacing, sample, samplesOf };
