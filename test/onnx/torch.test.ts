// Files that PyTorch wrote (torch/make.py, with Debian's python3-torch) as models: they predict what PyTorch did, and
// learn.

import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { adam, init, type Tensor, tensor } from '../../bindings/index.js';
import { importOnnx } from '../../bindings/onnx.js';
import { expectClose } from './runtime.js';

beforeAll(() => init({ backend: 'wasm', seed: 1 }));

/**
 * A parameter of each, and how many numbers there are. PyTorch puts batch norms into convolutions, and equal arrays are
 * one.
 */
const MODELS = {
  'torch-mlp': ['0.weight', 51],
  'torch-conv': ['d.weight', 369],
  'torch-attention': ['e_norm1.weight', 594],
} as const;

it.each(Object.entries(MODELS))('%s', async (name, [parameter, count]) => {
  const file = `test/onnx/torch/${name}.onnx`;
  const { x, y } = JSON.parse(readFileSync(file.replace('.onnx', '.json'), 'utf8'));
  const net = await importOnnx(file);
  const flat = (values: unknown): number[] => [values].flat(9) as number[];
  expectClose('all', (net.predict(x) as Tensor).data(), flat(y));
  expectClose('one alone', (net.predict([x[0]]) as Tensor).data(), flat(y[0]));
  expect(Object.keys(net.parameters())).toContain(parameter);
  expect(net.parameterCount).toBe(count);
  net.compile({ optimizer: adam(0.01), loss: 'meanSquaredError' });
  const others = [...y.slice(1), y[0]];
  const { history } = await net.fit(x, others, { epochs: 150, batchSize: 'full' });
  expect(history.loss!.at(-1)!).toBeLessThan(0.3 * history.loss![0]!);
});

it.each(['torch-lstm', 'torch-gru'])('%s of torch/recurrent.py', async (name) => {
  const file = `test/onnx/torch/${name}.onnx`;
  const { x, y } = JSON.parse(readFileSync(file.replace('.onnx', '.json'), 'utf8'));
  const net = await importOnnx(file);
  expectClose('all', (net.predict(x) as Tensor).data(), (y as number[][]).flat());
  expect(net.parameterCount).toBe(230);
});

it('torch-packed of torch/recurrent.py, three sequences with their lengths', async () => {
  const file = 'test/onnx/torch/torch-packed.onnx';
  const { x, lengths, y, h } = JSON.parse(readFileSync(file.replace('.onnx', '.json'), 'utf8'));
  type Ends = Record<string, Tensor>;
  const net = await importOnnx<Ends, Ends>(file);
  const out = net.predict({ x: tensor(x), lengths: tensor(lengths, [3], 'int32') });
  expectClose('all steps', out.y!.data(), (y as number[][][]).flat(2));
  expectClose('the last states', out.h!.data(), (h as number[][]).flat());
});
