// The README names every method of a tensor, every export and every op. Reads dist/types, which has what is public.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { PLAIN } from './places.js';

const readme = readFileSync('README.md', 'utf8');
const types = readFileSync('dist/types/shared.d.ts', 'utf8');
const tensor = /^declare class Tensor \{\n.*?^\}/ms.exec(types)![0];
const methods = [...tensor.matchAll(/^ {4}(\w+)(?:<.*>)?\(/gm)].map(([, name]) => name!);

const code = [...readme.matchAll(/```[^`]*```|`[^`\n]+`/g)].join('\n');
const isNamed = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(code);

it('README.md names every method of a tensor', () => {
  expect(methods).toContain('matMul');
  const unsaid = ['constructor', 'toString', 'toJSON'];
  expect(methods.filter((name) => !isNamed(name) && !unsaid.includes(name))).toEqual([]);
});

it('README.md names every export', () => {
  expect(Object.keys(wg).filter((name) => !isNamed(name))).toEqual([]);
});

it('README.md has every op once in its table, and in bold those that are methods', () => {
  const table = /^\| ops .*?\n\n/ms.exec(readme)![0];
  const namesOf = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
  const all = namesOf(table).filter((name) => name !== 'key');
  const bold = [...table.matchAll(/\*\*.*?\*\*/g)].flatMap(([text]) => namesOf(text));
  // One that was added may be missing, if the tests need no more of it than a row.
  const expected = Object.keys(ops).filter((name) => all.includes(name) || !PLAIN.has(name));
  expect(all.sort()).toEqual(expected.sort());
  expect(bold.sort()).toEqual(
    Object.keys(ops)
      .filter((name) => methods.includes(name))
      .sort(),
  );
});
