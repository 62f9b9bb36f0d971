// Where WebAssembly cannot be had, the TypeScript kernels take over, and runtimeInfo says why.

import { afterEach, describe, expect, it, vi } from 'vitest';

const FORBIDDEN = 'Compiling or instantiating WebAssembly module violates the Content Security policy';
const NO_SIMD = 'WebAssembly.compile(): Wasm SIMD unsupported @+34';

/** What an engine does that has no SIMD or may not compile: every way to a module ends in the same error. */
function compilesNothing(message: string): object {
  const refuse = () => {
    throw new WebAssembly.CompileError(message);
  };
  class Module {
    constructor() {
      refuse();
    }
  }
  const reject = async () => refuse();
  return {
    ...Object.fromEntries(
      Object.getOwnPropertyNames(WebAssembly).map((name) => [name, Reflect.get(WebAssembly, name)]),
    ),
    Module,
    validate: () => false,
    compile: reject,
    compileStreaming: reject,
    instantiate: reject,
    instantiateStreaming: reject,
  };
}

/** The package as it is when it is imported where `WebAssembly` is the value given. */
async function packageWhere(value: unknown) {
  vi.resetModules();
  vi.stubGlobal('WebAssembly', value);
  return import('../bindings/index.js');
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe.each<[string, () => unknown, string]>([
  ['there is no WebAssembly', () => undefined, 'there is no WebAssembly'],
  ['there is no SIMD', () => compilesNothing(NO_SIMD), NO_SIMD],
  ['a policy forbids to compile', () => compilesNothing(FORBIDDEN), FORBIDDEN],
])('where %s', (_, value, message) => {
  const reason = `WebAssembly with SIMD cannot run here: ${message}`;

  it('the TypeScript kernels train and predict, and runtimeInfo says why', async () => {
    const wg = await packageWhere(value());
    const info = await wg.init({ seed: 1, threads: 2, relaxedSimd: true });
    const expected = { backend: 'js', precision: 'float32', simd: false, relaxedSimd: false, threads: 1, reason };
    expect(info).toEqual(expected);
    expect(wg.runtimeInfo()).toEqual(expected);
    const model = wg.sequential([1], [wg.dense(1)]);
    model.compile({ optimizer: wg.sgd(0.1), loss: 'meanSquaredError' });
    await model.fit([[0], [1], [2]], [[1], [3], [5]], { epochs: 300, batchSize: 'full' });
    expect(model.predict([3]).item()).toBeCloseTo(7, 3);
  });

  it('who insists on wasm is told the same', async () => {
    const wg = await packageWhere(value());
    await expect(wg.init({ backend: 'wasm' })).rejects.toThrow(reason);
  });

  it('who asks for the TypeScript kernels gets no reason', async () => {
    const wg = await packageWhere(value());
    expect((await wg.init({ backend: 'js' })).reason).toBeUndefined();
  });
});

describe('where wasm comes back', () => {
  it('the next init takes it', async () => {
    const wg = await packageWhere(compilesNothing(NO_SIMD));
    expect((await wg.init()).backend).toBe('js');
    vi.unstubAllGlobals();
    expect(await wg.init()).toMatchObject({ backend: 'wasm', simd: true });
  });
});
