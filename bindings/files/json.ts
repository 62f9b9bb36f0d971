// JSON of files, which nobody vouches for. Not here: what it has to say.

import { messageOf } from '../errors.js';
import { checkFile, FileError } from './fileerror.js';

/** How deep arrays and objects may be nested. */
const MAX_DEPTH = 64;

/** About what an array or object takes in memory, however short it is as text. */
const BYTES_EACH = 64;

/** All that counts in a text that is known to be JSON: strings, and the marks between them. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[[\]{}:,]/g;

/**
 * The value of a text. Throws if it is no JSON, is nested deeply, has a name twice in one object, or the name
 * `__proto__`, or would take many times the memory of its text.
 *
 * @param what the text, as errors name it
 */
export function parseJson(what: string, text: string): unknown {
  checkFile(opened(text) * BYTES_EACH < 3 * text.length + 2 ** 20, () => {
    return `${what} has too many arrays and objects for its length`;
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileError(`${what} is not JSON: ${messageOf(error)}`);
  }
  checkNames(what, text); // only now: in a text that is no JSON the search for strings may take long
  return value;
}

/** How many arrays and objects there are, those within strings included. */
function opened(text: string): number {
  let count = 0;
  for (const open of '[{') for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at + 1)) count++;
  return count;
}

/** Throws for names that JSON.parse takes without a word, of which the last one counts. */
function checkNames(what: string, text: string): void {
  /** The names of each object that is open; undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined);
      checkFile(open.length <= MAX_DEPTH, () => `${what} is nested more than ${MAX_DEPTH} deep`);
    } else if (token === '}' || token === ']') open.pop();
    else if (token === ':') addName(what, open.at(-1), last);
    last = token;
  }
}

function addName(what: string, names: Set<string> | undefined, text: string): void {
  const name: string = JSON.parse(text);
  checkFile(name !== '__proto__', () => `${what} has the name '__proto__' in it`);
  checkFile(!names?.has(name), () => `${what} has the name '${name.slice(0, 40)}' twice`);
  names?.add(name);
}
