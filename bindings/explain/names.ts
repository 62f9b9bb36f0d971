// What the quantities of a function are called: its arguments as in its text, its result by the function's own name,
// and what is between by letters that are free.

import type { Form } from '../tree.js';

/** For what is computed between arguments and result, in order. */
const LETTERS = ['x', 'y', 'u', 'v', 's', 't', 'p', 'q', 'r', 'h', 'k', 'm', 'n', 'd', 'g'];
/** For constants that are arrays. */
const CAPITALS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'K', 'M', 'N', 'P', 'Q', 'R', 'S', 'T'];

const isName = (text: string): boolean => /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(text);

/** The parameters in the text of a function, as they are written; none if it is native, or written in another way. */
function parametersOf(f: (...args: never[]) => unknown): string[] {
  const source = Function.prototype.toString.call(f);
  const single = /^(?:async\s+)?([\p{L}_$][\p{L}\p{N}_$]*)\s*=>/u.exec(source);
  if (single) return [single[1]!];
  const open = source.indexOf('(');
  const parts: string[] = [];
  let [depth, from] = [0, open + 1];
  for (let i = open; i >= 0 && i < source.length; i++) {
    const c = source[i]!;
    if ('([{'.includes(c)) depth++;
    if (')]}'.includes(c)) depth--;
    if (depth === 0 || (depth === 1 && c === ',')) {
      parts.push(source.slice(from, i).trim());
      from = i + 1;
    }
    if (depth === 0) break;
  }
  return parts;
}

/** Names for the leaves of the arguments: `w` and `b` of ({ w, b }), or x of (x); of a nest the path to each. */
export function argumentNames(f: (...args: never[]) => unknown, forms: readonly Form[]): string[] {
  const parameters = parametersOf(f);
  const paths = forms.flatMap((form, i) => pathsOf(form, parameters[i] ?? '', `x${forms.length > 1 ? i + 1 : ''}`));
  const short = paths.map((path) => path.at(-1)!);
  const unique = short.every((name, i) => isName(name) && short.indexOf(name) === i);
  return unique ? short : paths.map((path, i) => (path.every(isName) ? path.join('.') : `x${i + 1}`));
}

function pathsOf(form: Form, parameter: string, other: string): string[][] {
  const name = isName(parameter) ? parameter : undefined;
  if (form === null) return [[name ?? other]];
  const taken = /^\[(.*)\]$/s
    .exec(parameter)?.[1]
    ?.split(',')
    .map((part) => part.trim());
  const { keys, parts } = form;
  return parts.flatMap((part, i) => {
    const inArray = taken?.[i] ?? `${name ?? other}${i + 1}`;
    const key = keys ? keys[i]! : inArray;
    return pathsOf(part, '', key).map((path) => (keys && name ? [name, ...path] : path));
  });
}

/** The name of a function as that of its result. */
export const resultName = ({ name }: { readonly name: string }, taken: readonly string[]): string =>
  isName(name) && name.length <= 12 && !taken.includes(name) ? name : free(['f', 'L', 'F'], new Set(taken));

/** Gives out names that are not taken. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  next(isConstant = false): string {
    const name = free(isConstant ? CAPITALS : LETTERS, this.#taken);
    this.#taken.add(name);
    return name;
  }
}

function free(wanted: readonly string[], taken: ReadonlySet<string>): string {
  for (let round = 0; ; round++) {
    const name = wanted.map((letter) => (round === 0 ? letter : `${letter}${round}`)).find((n) => !taken.has(n));
    if (name) return name;
  }
}
