// What index.d.ts declares.

/** The strings of a union. */
export function union(code, name) {
  const found = new RegExp(`\\btype ${name} =([^;]*);`).exec(code);
  if (!found) throw new Error(`index.d.ts declares no type ${name}`);
  return [...found[1].matchAll(/'([^']*)'/g)].map(([, text]) => text);
}

/** The members of an interface or class, each with its comment. */
export function members(text, name) {
  const found = new RegExp(`\\b(?:interface|class) ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(
    text,
  );
  if (!found) throw new Error(`index.d.ts declares no ${name}`);
  const pattern = /(?:^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^ {2}(?:readonly )?(\w+)\??:/gm;
  return new Map(
    [...found[1].matchAll(pattern)].map(([, comment = '', member]) => [member, comment]),
  );
}

/** What a comment, or a cell of a table, gives as the default: a value, or nothing. */
export function defaultIn(text) {
  const said = text.replace(/\s+(\*\s)?/g, ' ');
  const size = /(?:Defaults to |^)(\d+) MiB/.exec(said);
  if (size) return Number(size[1]) * 1024 * 1024;
  const quoted = /(?:Defaults to |^)`([^`]*)`/.exec(said);
  if (!quoted) return undefined;
  const [, value] = quoted;
  return JSON.parse(value.replace(/'/g, '"').replace(/(\w+):/g, '"$1":'));
}
