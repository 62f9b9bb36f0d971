// What the code of a page is checked by while it runs: values and lines that it prints, in the digits that the page shows.

import { inspect } from 'node:util';

let lines = [];
const { log } = console;
console.log = (...values) => {
  lines.push(values.map(text).join(' '));
  log(...values);
};

/** A value as a page shows it: tensors and typed arrays as arrays. */
function plain(value) {
  if (ArrayBuffer.isView(value)) return Array.from(value, plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value?.toArray === 'function') return value.toArray();
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

const text = (value) =>
  typeof value === 'string'
    ? value
    : inspect(plain(value), { depth: null, breakLength: Infinity, compact: true, maxArrayLength: null });

/** Spaces and breaks count as one space, and within brackets not at all. */
const squeezed = (shown) =>
  shown
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/([[({]) /g, '$1')
    .replace(/ ([\])}])/g, '$1');

const NUMBER = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/;

/** Whether what is there is what a page shows: '…' stands for anything, and numbers are equal in the digits that are shown. */
function alike(shown, is) {
  const parts = squeezed(shown).split(new RegExp(`(…|${NUMBER.source}(?!…|[\\w.]))`));
  const numbers = parts.filter((_, i) => i % 2 === 1).filter((part) => part !== '…');
  const escaped = (part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = parts.map((part, i) => {
    if (i % 2 === 0) return escaped(part);
    return part === '…' ? '.*?' : '(-?\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?)';
  });
  const found = new RegExp(`^${pattern.join('')}$`, 's').exec(squeezed(is));
  return (
    found !== null && numbers.every((number, i) => Math.abs(Number(number) - Number(found[i + 1])) <= unit(number))
  );
}

/** Half of the last digit of a number that is shown with a fraction; others are exact. */
function unit(number) {
  const [, fraction, exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([-+]?\d+))?$/.exec(number);
  return fraction === undefined ? 0 : 0.500001 * 10 ** (Number(exponent) - fraction.length);
}

function mustBe(shown, is, at) {
  if (!alike(shown, is)) throw new Error(`${at}: the page shows ${squeezed(shown)}, it is ${squeezed(is)}`);
}

export const is = (value, shown, at) => mustBe(shown, text(value), at);

export function begin() {
  lines = [];
}

export const printed = (shown, at) => mustBe(shown, lines.join('\n'), at);

export async function throws(run, shown, at) {
  let message = 'nothing thrown';
  try {
    await run();
  } catch (error) {
    message = `${error.name}: ${error.message}`;
  }
  mustBe(shown, message, at);
}
