// onnxruntime-web as the judge of files that were exported.

import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web';
import { expect } from 'vitest';
import type { Tensor } from '../../bindings/tensor.js';

/** Loaded once: it takes a second. */
let loading: Promise<typeof import('onnxruntime-web')> | undefined;

async function load() {
  loading ??= import('onnxruntime-web').then((module) => {
    const ort = (module as unknown as { default?: typeof module }).default ?? module;
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
    return ort;
  });
  return loading;
}

/** What onnxruntime computes: the outputs of a file by name. */
export async function run(
  file: Uint8Array,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, { shape: readonly number[]; data: Float32Array | Int32Array }>> {
  const ort = await load();
  const session: InferenceSession = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, t] of Object.entries(inputs)) feeds[name] = new ort.Tensor(t.dtype, t.data() as never, t.shape);
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, t]) => [name, { shape: t.dims, data: t.data as Float32Array }]),
  );
}

/** Throws unless numbers differ by so little, relatively. */
export function expectClose(what: string, got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(got.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [got[i]!, expected[i]!];
    if (Object.is(a, b) || a === b) continue;
    const wrong = `${what}: element ${i} is ${a} in place of ${b}`;
    expect(Math.abs(a - b), wrong).toBeLessThanOrEqual(tolerance * (Math.abs(b) + 0.1));
  }
}
