// docs/adding-an-op.md is followed, with one place left out each time: the build or the suite says which op lacks what.
// Sources are changed in memory; nothing is compiled to wasm.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { generate, kernelSources, tableOf } from '../scripts/instructions.mjs';
import { faults } from './places.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-op-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What an op adds to a file: text in front of a piece of it, or at its end. */
interface Place {
  readonly file: string;
  readonly text: string;
  readonly before?: string;
}

/** A primitive: x², in the side module curves. */
const PRIMITIVE = {
  instruction: { file: 'bindings/instructions.ts', text: '  square2: unary,\n', before: '  floor: unary,' },
  kernel: {
    file: 'assembly/kernels/curves.ts',
    text: '    case Op.square2:\n      return f32x4.mul(x, x);\n',
    before: '    case Op.expm1:',
  },
  definition: {
    file: 'bindings/ops/curves.ts',
    text: "export const square2 = unaryFunction('square2', (x) => x * x, (g, x) => g.mul(x).mul(2));\n",
  },
  export: { file: 'bindings/ops.ts', text: "export { square2 } from './ops/curves.js';\n" },
  row: {
    file: 'test/cases.ts',
    text: "  elementwise('square2', (x) => square2(x), (x) => x * x),\n",
    before: "  elementwise('exp',",
  },
} as const satisfies Record<string, Place>;

/** An op that is composed of others. */
const COMPOSED = {
  definition: {
    file: 'bindings/ops/activations.ts',
    text: "export const swish2 = (x: TensorLike): Tensor => tensorOf('swish2', x).mul(2).sigmoid().mul(x);\n",
  },
  export: { file: 'bindings/ops.ts', text: "export { swish2 } from './ops/activations.js';\n" },
  row: {
    file: 'test/cases.ts',
    text: "  elementwise('swish2', (x) => swish2(x), (x) => x / (1 + Math.exp(-2 * x))),\n",
    before: "  elementwise('exp',",
  },
} as const satisfies Record<string, Place>;

/** The sources with these additions, by file. */
function sourcesWith(places: readonly Place[]): Map<string, string> {
  const sources = new Map<string, string>();
  for (const { file, text, before } of places) {
    const source = sources.get(file) ?? readFileSync(file, 'utf8');
    if (before) expect(source.split(before).length, `${file}: ${before}`).toBe(2);
    sources.set(file, before ? source.replace(before, () => text + before) : source + text);
  }
  return sources;
}

/** Everything that the build and the suite say of sources with these additions. */
async function complaints(places: readonly Place[]): Promise<string[]> {
  const sources = sourcesWith(places);
  try {
    const kernels = kernelSources() as Record<string, string>;
    const curves = sources.get('assembly/kernels/curves.ts');
    const table = sources.get('bindings/instructions.ts') ?? readFileSync('bindings/instructions.ts', 'utf8');
    generate(await tableOf(table), curves ? { ...kernels, curves } : kernels);
    return await faultsOf(sources);
  } catch (error) {
    return [(error as Error).message];
  }
}

/** What places.ts says of them. */
async function faultsOf(sources: ReadonlyMap<string, string>): Promise<string[]> {
  const changed: Plugin = {
    name: 'changed',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = sources.get(relative('.', path).replaceAll('\\', '/'));
        return contents === undefined ? undefined : { contents, loader: 'ts' };
      });
      onLoad({ filter: /\.wasm$/ }, () => ({ contents: 'export default () => new Uint8Array()' })); // nothing runs
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: "export { faults } from './test/places.js'", resolveDir: resolve('.') },
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    write: false,
    logLevel: 'silent',
    plugins: [changed],
  });
  const file = join(folder, `${names++}.mjs`);
  writeFileSync(file, outputFiles[0]!.text);
  const bundled = await import(/* @vite-ignore */ pathToFileURL(file).href);
  return bundled.faults();
}

let names = 0;

/** `places` with the import that the row of `name` needs. */
const withImport = (places: readonly Place[], name: string, from: string): Place[] =>
  places.some(({ file }) => file === 'test/cases.ts')
    ? [...places, { file: 'test/cases.ts', text: `import { ${name} } from '${from}';\n` }]
    : [...places];

describe.each([
  [
    'square2',
    PRIMITIVE,
    '../bindings/ops/curves.js',
    {
      instruction: /'square2' in assembly\/kernels\/curves.ts has no row/,
      kernel: /no kernel for 'square2' in assembly\/kernels\/curves.ts: add a case, `case Op.square2:`/,
      definition: /No matching export in "bindings\/ops\/curves.ts" for import "square2"/,
      export: /'square2' has a row in test\/cases.ts, but is not exported from bindings\/ops.ts/,
      row: /'square2' is exported from bindings\/ops.ts, but has no row in test\/cases.ts/,
    },
  ],
  [
    'swish2',
    COMPOSED,
    '../bindings/ops/activations.js',
    {
      definition: /No matching export in "bindings\/ops\/activations.ts" for import "swish2"/,
      export: /'swish2' has a row in test\/cases.ts, but is not exported from bindings\/ops.ts/,
      row: /'swish2' is exported from bindings\/ops.ts, but has no row in test\/cases.ts/,
    },
  ],
] as const)('%s', (name, all, from, messages) => {
  const entries = Object.entries<Place>(all);

  it('lacks nothing in as many places', async () => {
    const places = entries.map(([, place]) => place);
    expect(await complaints(withImport(places, name, from))).toEqual([]);
  });

  it.each(Object.entries<RegExp>(messages))('without its %s is refused by name', async (left, message) => {
    const places = entries.filter(([place]) => place !== left).map(([, place]) => place);
    expect((await complaints(withImport(places, name, from))).join('\n')).toMatch(message);
  });
});

it('every op of the library is in its places', () => {
  expect(faults()).toEqual([]);
});
