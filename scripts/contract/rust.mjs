// What Rust declares, as far as JavaScript has to know it too.

/** What stands between the braces behind a declaration. */
export function block(code, declaration) {
  const found = declaration.exec(code);
  if (!found) throw new Error(`nothing matches ${declaration.source}`);
  const start = code.indexOf('{', found.index + found[0].length - 1) + 1;
  let depth = 1;
  let at = start;
  for (; depth > 0 && at < code.length; at += 1) {
    depth += code[at] === '{' ? 1 : code[at] === '}' ? -1 : 0;
  }
  return code.slice(start, at - 1);
}

/** The parts of a list that commas divide, without those inside of brackets. */
function parts(list) {
  const found = [''];
  let depth = 0;
  for (const letter of list) {
    if ('({[<'.includes(letter)) depth += 1;
    if (')}]>'.includes(letter)) depth -= 1;
    if (letter === ',' && depth === 0) found.push('');
    else found[found.length - 1] += letter;
  }
  return found.map((part) => part.trim()).filter(Boolean);
}

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const lower = (name) => name[0].toLowerCase() + name.slice(1);

/** The fields of a struct, or of a variant, as serde names them in camel case. */
export function fields(code, declaration) {
  return parts(block(code, declaration)).flatMap((part) => {
    if (/#\[serde\((skip|flatten)\)\]/.test(part)) return [];
    const renamed = /#\[serde\([^\]]*rename = "(\w+)"/.exec(part);
    const [, name] = /(?:^|\s)(?:pub(?:\(\w+\))? )?(\w+):(?!:)/.exec(
      part.replace(/#\[[^\]]*\]/g, ''),
    );
    return [renamed?.[1] ?? camel(name)];
  });
}

/** The variants of an enum: names in lower camel case, with the fields or the number of each. */
export function variants(code, declaration) {
  const found = parts(block(code, declaration)).map((part) => {
    const [, name, rest] = /^(?:#\[[^\]]*\]\s*)*(\w+)([\s\S]*)$/.exec(part);
    const number = /=\s*(\d+)/.exec(rest);
    const named = rest.includes('{') ? fields(rest, /\{/) : [];
    return [lower(name), { number: number && Number(number[1]), fields: named }];
  });
  return new Map(found);
}

/** The strings that a block of code gives, such as the names of an enum's variants. */
export function strings(code, declaration) {
  const inside = declaration ? block(code, declaration) : code;
  return [...inside.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text);
}

/** The value of a constant that is a number, or a number of seconds or milliseconds, then in ms. */
export function constant(code, name) {
  const found = new RegExp(`\\bconst ${name}: \\w+ =\\s*([^;]+);`).exec(code);
  if (!found) throw new Error(`no constant ${name}`);
  const [, unit, inside] = /^Duration::from_(secs|millis)\((.*)\)$/.exec(found[1]) ?? [];
  const value = number(inside ?? found[1]);
  return unit === 'secs' ? value * 1000 : value;
}

/** A sum of numbers in Rust or JavaScript. */
export function number(expression) {
  const plain = expression.replace(/(?<=\d)_(?=\d)/g, '').replace(/(?<=\d)(?:[iuf]\d+|usize)/g, '');
  if (!/^[\d\sxa-f<*+\-().|]+$/i.test(plain)) throw new Error(`${expression} is no number`);
  return Number(Function(`return (${plain})`)());
}
