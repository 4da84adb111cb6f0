// The tree as the contract reads it: the files, or, for a test, some of them changed.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { root } from '../process.mjs';
import { files, read, withoutComments } from '../source.mjs';

export class Tree {
  #changed;
  #paths = new Map();
  #modules = new Map();

  /** @param {Record<string, string>} [changed] texts in the place of those of the files */
  constructor(changed = {}) {
    this.#changed = changed;
  }

  /** The text of a file. */
  text(path) {
    return this.#changed[path] ?? read(path);
  }

  /** The same without its comments. */
  code(path) {
    return withoutComments(path, this.text(path));
  }

  /** The code of the one file below a folder that matches: what is moved or renamed is found again. */
  codeOf(folder, pattern) {
    return this.code(this.pathOf(folder, pattern));
  }

  pathOf(folder, pattern) {
    const found = this.#files(folder).filter((path) => pattern.test(this.code(path)));
    if (found.length === 1) return found[0];
    throw new Error(`${found.length} files below ${folder}/ match ${pattern.source}, not one`);
  }

  #files(folder) {
    const known =
      this.#paths.get(folder) ?? files(folder).filter((path) => /\.(js|rs)$/.test(path));
    this.#paths.set(folder, known);
    return known;
  }

  /** What a module of JavaScript exports, made of the texts of this tree. */
  module(path) {
    const known = this.#modules.get(path);
    if (known) return known.exports;
    const module = { exports: {} };
    this.#modules.set(path, module);
    const outside = createRequire(join(root, path));
    const require = (name) => {
      if (!name.startsWith('.')) return outside(name);
      const inside = join(dirname(path), name);
      return inside.endsWith('.json') ? outside(name) : this.module(inside);
    };
    const wrapped = `((module, exports, require) => {${this.text(path)}\n})`;
    runInThisContext(wrapped, { filename: path })(module, module.exports, require);
    return module.exports;
  }
}
