// Backpropagation laid open: z, a, δ, dW and db of every layer for one batch, as the textbooks name them.

import { gradients } from '../grad.js';
import { Program } from '../program.js';
import { constantOf, inputOf, type Tensor } from '../tensor.js';
import type { Rows } from './data.js';
import type { Trainer } from './trainer.js';

/** One layer's part in forward and backward pass, for a batch of n samples. */
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

export function inspect(trainer: Trainer, samples: Rows, labels: Rows): Inspection {
  const { network } = trainer;
  const { runner } = network;
  const x = inputOf('x', [samples.count, ...samples.rowShape]);
  const y = inputOf('y', [labels.count, ...labels.rowShape], labels.dtype);
  const values = network.trace(x);
  const loss = trainer.lossOf(y, values.at(-1)!.a);
  const graphs = values.map(({ built, z, a }) => {
    const [delta, dW, db] = gradients(loss, [z, ...tensorsOf(built.tensors)]);
    return { name: built.name, z, a, delta: delta ?? z.zerosLike(), dW, db };
  });
  const outputs = [
    loss,
    ...graphs.flatMap(({ z, a, delta, dW, db }) => [z, a, delta, ...[dW, db].filter((t) => t != null)]),
  ];
  const program = new Program(runner, { outputs, effects: [] }, { places: network.block.places, what: 'inspect' });
  program.write(x, samples.data);
  program.write(y, labels.data);
  program.run(1, 0);
  const read = (t: Tensor): Tensor => constantOf(program.read(t), t.shape, t.dtype);
  const layers = graphs.map(({ name, z, a, delta, dW, db }) => {
    const parts = { ...(dW ? { dW: read(dW) } : {}), ...(db ? { db: read(db) } : {}) };
    return [name, { z: read(z), a: read(a), delta: read(delta), ...parts }];
  });
  const inspection = {
    loss: program.scalar(loss),
    layers: Object.fromEntries(layers) as Record<string, LayerInspection>,
  };
  program.dispose();
  return inspection;
}

/** Kernel and bias, where the layer has them. */
function tensorsOf({ kernel, bias }: Readonly<Record<string, Tensor>>): Tensor[] {
  return [kernel, bias].filter((t) => t !== undefined);
}
