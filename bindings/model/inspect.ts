// inspect: shows backpropagation at work, with z, a, δ, dW and db of every layer for one batch, as textbooks name them.

import { gradients } from '../grad.js';
import { Program } from '../program.js';
import { constantOf, inputOf, type Tensor } from '../tensor.js';
import type { DataSet } from './data.js';
import type { Trainer } from './trainer.js';

/** The values and gradients of one layer, for a batch of n samples. */
export interface LayerInspection {
  /** z = x·W + b, before the activation: [n, units]. */
  readonly z: Tensor;
  /** a = σ(z): [n, units]. */
  readonly a: Tensor;
  /** δ = dL/dz: of the output ∇ₐL ⊙ σ'(z), of a hidden layer (δ of the next)·Wᵀ ⊙ σ'(z): [n, units]. */
  readonly delta: Tensor;
  /** dL/dW = xᵀ·δ, in the shape of the kernel; absent in a layer without one. */
  readonly dW?: Tensor;
  /** dL/db = Σ δ over the batch, in the shape of the bias; absent in a layer without one. */
  readonly db?: Tensor;
}

/** What `model.inspect` returns. L is the loss, a mean over the batch. */
export interface Inspection {
  readonly loss: number;
  /** By the layer's name, first to last. */
  readonly layers: Readonly<Record<string, LayerInspection>>;
}

export function inspect(trainer: Trainer, { x, y }: DataSet): Inspection {
  const { network } = trainer;
  const samples = inputOf('x', [x.count, ...x.rowShape]);
  const labels = inputOf('y', [y.count, ...y.rowShape], y.dtype);
  const values = network.trace(samples);
  const loss = trainer.loss(labels, values.at(-1)!.a);
  const wanted = values.flatMap(({ built: { tensors }, z }) => [z, ...Object.values(tensors)]);
  const grads = gradients(loss, wanted);
  const slope = (t?: Tensor) => t && (grads[wanted.indexOf(t)] ?? t.zerosLike());
  const layers = values.map(({ built: { name, tensors }, z, a }) => {
    const parts = { z, a, delta: slope(z), dW: slope(tensors['kernel']), db: slope(tensors['bias']) };
    return [name, Object.entries(parts).filter(isThere)] as const;
  });
  const outputs = [loss, ...layers.flatMap(([, parts]) => parts.map(([, t]) => t))];
  const options = { places: network.block.places, inputs: [samples, labels], what: 'inspect' };
  const program = new Program(network.runner, { outputs, effects: [] }, options);
  try {
    program.write(samples, x.data);
    program.write(labels, y.data);
    program.run();
    const read = ([part, t]: readonly [string, Tensor]) => [part, constantOf(program.read(t), t.shape, t.dtype)];
    return {
      loss: program.scalar(loss),
      layers: Object.fromEntries(layers.map(([name, parts]) => [name, Object.fromEntries(parts.map(read))])),
    };
  } finally {
    program.dispose();
  }
}

/** A layer may have no kernel, or no bias. */
const isThere = (part: [string, Tensor | undefined]): part is [string, Tensor] => part[1] !== undefined;
