// Two copies of the library in one process: of two versions, or of one whose module was loaded twice
// (jest.resetModules).

import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';

vi.resetModules();
const other: typeof wg = await import('../bindings/index.js');

beforeAll(async () => {
  for (const copy of [wg, other]) await copy.init({ seed: 1 });
});

describe('a tensor of another copy', () => {
  const words = 'a tensor of another copy of wasmgrad';
  const foreign = () => other.tensor([[1, 2]]);
  const own = () => wg.tensor([[1, 2]]);
  const model = (loss: wg.LossFunction = (_, yPred) => yPred.mean()) => {
    const net = wg.sequential([2], [wg.dense(1)]);
    net.compile({ optimizer: wg.sgd(), loss });
    return net;
  };

  it.each<[string, () => unknown]>([
    ['a method', () => own().add(foreign())],
    ['matMul', () => own().matMul(foreign())],
    ['a function', () => ops.sin(foreign())],
    ['concat', () => ops.concat([own(), foreign()])],
    ['where', () => ops.where(foreign(), 1, 2)],
    ['tensor', () => wg.tensor(foreign() as never)],
    ['grad', () => wg.grad((x: wg.Tensor) => x.sum())(foreign())],
    ['jit', () => wg.jit((x: wg.Tensor) => x.sum())(foreign())],
    ['what a differentiated function returns', () => wg.grad(() => foreign().sum())(own())],
    ['minimize', () => wg.minimize((x) => x.sum(), foreign())],
    ['predict', () => model().predict(foreign())],
    ['the labels of a batch', () => model().trainOnBatch([[1, 2]], other.tensor([[1]]))],
    ['setWeights', () => model().setWeights([foreign(), foreign()])],
    ['a loss', () => model(() => foreign().mean()).trainOnBatch([[1, 2]], [[1]])],
  ])('is refused by name: %s', (_, run) => {
    expect(run).toThrow(words);
    expect(run).toThrow(wg.WasmgradError);
  });

  it('is not confused with one of the own copy', () => {
    expect(() => wg.dense(own() as never)).toThrow('got float32[1, 2]');
    expect(() => other.dense(own() as never)).toThrow(words);
  });
});
