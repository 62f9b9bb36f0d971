// inspect: shows backpropagation at work, with z, a, δ, dW and db of every layer for one batch, as textbooks name them,
// and with whatever else a layer shows.

import { gradients } from '../grad.js';
import { Program } from '../program.js';
import { inTrace } from '../scope.js';
import { constantOf, inputOf, Tensor } from '../tensor.js';
import { type DataSet, rowsOf } from './data.js';
import type { LayerCall } from './forward.js';
import type { Training } from './training.js';

/** The values and gradients of one call of a layer, for a batch of n samples. */
export interface LayerInspection {
  /** z = x·W + b, before the activation: [n, units]. Of a layer that shows no z it is the output. */
  readonly z: Tensor;
  /** a = σ(z), the output: [n, units]. */
  readonly a: Tensor;
  /** δ = dL/dz: of the output ∇ₐL ⊙ σ'(z), of a hidden layer (δ of the next)·Wᵀ ⊙ σ'(z): [n, units]. */
  readonly delta: Tensor;
  /** dL/dW = xᵀ·δ, in the shape of the kernel; absent in a layer without one. */
  readonly dW?: Tensor;
  /** dL/db = Σ δ over the batch, in the shape of the bias; absent in a layer without one. */
  readonly db?: Tensor;
  /** dL/dp of every parameter, by the layer's name for it, over all calls of the layer. */
  readonly gradients: Readonly<Record<string, Tensor>>;
  /** What the layer showed by `context.show`, by name. */
  readonly shown: Readonly<Record<string, Tensor>>;
}

/** What `model.inspect` returns. L is the loss, a mean over the batch. */
export interface Inspection {
  readonly loss: number;
  /** By the layer's name, first to last; the second call of a layer is 'dense (2)'. */
  readonly layers: Readonly<Record<string, LayerInspection>>;
}

export function inspect(training: Training, data: DataSet): Inspection {
  const { network } = training;
  const all = rowsOf(data);
  const rows = all.map(({ name, count, rowShape, dtype }) => inputOf(name, [count, ...rowShape], dtype));
  const inputs = data.inputs.length;
  const ran = network.run(rows.slice(0, inputs), { training: false });
  const [loss] = training.values(ran, rows.slice(inputs));
  const calls = ran.findings.calls.filter(({ output }) => output instanceof Tensor).map(valuesOf);
  const wanted = [...new Set(calls.flatMap(({ z, parameters }) => [z, ...Object.values(parameters)]))];
  const grads = inTrace('inspect', () => gradients(loss!, wanted));
  const slope = (t: Tensor): Tensor => grads[wanted.indexOf(t)] ?? t.zerosLike();
  const traced = calls.map(({ name, z, a, parameters, shown }) => {
    const slopes = Object.fromEntries(Object.entries(parameters).map(([part, p]) => [part, slope(p)]));
    return { name, z, a, delta: slope(z), slopes, shown };
  });
  const outputs = [
    loss!,
    ...traced.flatMap(({ z, a, delta, slopes, shown }) => [
      z,
      a,
      delta,
      ...Object.values(slopes),
      ...Object.values(shown),
    ]),
  ];
  const program = new Program(
    network.runner,
    { outputs, effects: [] },
    { places: network.places, inputs: rows, what: 'inspect' },
  );
  try {
    rows.forEach((row, i) => void program.write(row, all[i]!.data));
    program.run();
    const read = (t: Tensor): Tensor => constantOf(program.read(t), t.shape, t.dtype);
    const readAll = (of: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
      Object.fromEntries(Object.entries(of).map(([name, t]) => [name, read(t)]));
    const layers = traced.map(({ name, z, a, delta, slopes, shown }) => {
      const gradients = readAll(slopes);
      const { kernel: dW, bias: db } = gradients;
      const known = { z: read(z), a: read(a), delta: read(delta), ...(dW && { dW }), ...(db && { db }) };
      return [name, { ...known, gradients, shown: readAll(shown) }] as const;
    });
    return { loss: program.scalar(loss!), layers: Object.fromEntries(layers) };
  } finally {
    program.dispose();
  }
}

/** The tensors of a call of a layer. */
function valuesOf({ name, parameters, output, shown }: LayerCall) {
  const a = output as Tensor;
  return { name, z: shown.get('z') ?? a, a, parameters, shown: Object.fromEntries(shown) };
}
