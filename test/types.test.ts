// What a user's compiler makes of the declarations in dist/, by the exports of package.json: test/types is a strict
// program that also checks the declarations themselves (skipLibCheck is off).

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as data from '../bindings/data.js';
import * as wg from '../bindings/index.js';
import * as onnx from '../bindings/onnx.js';
import * as ops from '../bindings/ops.js';
import { flag, options, type Rules } from '../bindings/options.js';
import { THOROUGH } from './thorough.js';

/** The last, which is quick, in npm test; CI has all. */
const COMPILERS = ['typescript-5.4', 'typescript-5.9', 'typescript-7'].slice(THOROUGH ? 0 : -1);
/** Milliseconds: seconds are enough where nothing else runs. */
const SLOW = 180_000;
const PROJECTS = { 'test/types': 'without the DOM, NodeNext', 'test/types/dom': 'with the DOM, Bundler' };

/** What the compiler complains about. */
async function complaints(compiler: string, project: string): Promise<string> {
  const run = promisify(execFile)(process.execPath, [`node_modules/${compiler}/bin/tsc`, '-p', project]);
  return run.then(
    () => '',
    (error) => error.stdout || String(error),
  );
}

describe.concurrent.each(Object.entries(PROJECTS))('%s, %s', (project) => {
  it.each(COMPILERS)(
    'compiles with %s',
    async (compiler) => expect(await complaints(compiler, project)).toBe(''),
    SLOW,
  );
});

it('compiles in CommonJS with TypeScript 7', async () => {
  expect(await complaints('typescript-7', 'test/types/require')).toBe('');
});

it.each([
  ['wasmgrad', wg],
  ['ops', ops],
  ['data', data],
  ['onnx', onnx],
])('what is declared as a value in %s is one', (entry, exports) => {
  const list = /^export \{ (.*) \} from '.\/shared.js'/m.exec(readFileSync(`dist/types/${entry}.d.ts`, 'utf8'))![1]!;
  const values = list.split(', ').filter((name) => !name.startsWith('type '));
  const names = values.map((name) => name.split(' as ').at(-1));
  const own = entry === 'wasmgrad' ? ['init'] : [];
  expect([...names, ...own].sort()).toEqual(Object.keys(exports).sort());
});

it('the rules of options are those of the interface: one missing or left over, or of another type, does not compile', () => {
  type Options = { readonly one?: boolean; readonly two?: boolean };
  const read = options({ one: flag(false), two: flag(true) } satisfies Rules<Options>);
  // @ts-expect-error: two is missing
  options({ one: flag(false) } satisfies Rules<Options>);
  // @ts-expect-error: three is left over
  options({ one: flag(false), two: flag(true), three: flag(true) } satisfies Rules<Options>);
  // @ts-expect-error: two is a boolean
  options({ one: flag(false), two: () => 'yes' } satisfies Rules<Options>);
  const two: boolean = read('f', { one: true }).two;
  expect(two).toBe(true);
  expect(read('f', undefined)).toBe(read('g', undefined));
});
