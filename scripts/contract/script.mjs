// What JavaScript declares, read from its text: a check must not depend on what has been loaded.

import { createContext, runInContext } from 'node:vm';
import { number } from './rust.mjs';

/** The text of the value of a constant. */
function textOf(code, name) {
  const found = new RegExp(`\\bconst ${name} =\\s*([\\s\\S]*?);\\n`).exec(code);
  if (!found) throw new Error(`no constant ${name}`);
  return found[1];
}

/** A constant that is a number. */
export const numberOf = (code, name) => number(textOf(code, name));

/** A constant that is made of literals: a list, or an object. */
export function literalOf(code, name) {
  // What is made in another context has other prototypes.
  return structuredClone(
    JSON.parse(JSON.stringify(runInContext(`(${textOf(code, name)})`, realm))),
  );
}

const realm = createContext({});
