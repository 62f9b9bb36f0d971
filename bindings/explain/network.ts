// A model at a batch, layer by layer: values on the way forward, gradients on the way back, and what a step of its
// optimizer would change. Nothing is changed: weights, optimizer and random numbers are afterwards what they were. Not
// here: how that is told (models.ts).

import { gradients, pullback } from '../grad.js';
import { graphOf, useCounts } from '../graph.js';
import { type DataSet, rowsOf } from '../model/data.js';
import { placeholders } from '../model/ends.js';
import type { LayerCall } from '../model/forward.js';
import type { Network, Ran } from '../model/network.js';
import { regularizersOf, type Training } from '../model/training.js';
import { Program } from '../program.js';
import { inTrace } from '../scope.js';
import type { Shape } from '../shape.js';
import { inputOf, Tensor } from '../tensor.js';
import type { Values } from './values.js';

/** A parameter of a layer. */
export interface WalkedParameter {
  /** The layer's name for it: 'kernel'. */
  readonly part: string;
  /** Its name in the model. */
  readonly name: string;
  readonly values: Values;
  readonly gradient: Values | undefined;
}

/** A call of a layer. */
export interface WalkedLayer {
  /** Counted from 1, in the order of the calls. */
  readonly number: number;
  readonly name: string;
  readonly kind: string;
  /** Of a sample. */
  readonly inputShape: Shape | undefined;
  /** Of its output, for a sample; undefined for several outputs. */
  readonly shape: Shape | undefined;
  /** What it computes its output from, if that is told in full. */
  readonly input: Values | undefined;
  /** The numbers of the layers whose output it reads; an input of the model is 0, the next one -1 … */
  readonly from: readonly number[];
  /** Of a layer that is told in full: the number of that whose output x is. */
  readonly reads: number | undefined;
  readonly parameters: readonly WalkedParameter[];
  /** z = x·W + b, of a dense layer; of an activation alone its input. */
  readonly z: Values | undefined;
  readonly a: Values | undefined;
  /** The op between z and a: 'sigmoid'; 'linear' if there is none, 'own' if it is a function of others. */
  readonly activation: string | undefined;
  /** σ'(z), if that is elementwise. */
  readonly slope: Values | undefined;
  /** ∂L/∂a; undefined where the loss does not depend on a, but on z alone. */
  readonly outputGradient: Values | undefined;
  /** ∂L/∂z. */
  readonly delta: Values | undefined;
  /** The number of the dense layer that alone reads its output. */
  readonly reader: number | undefined;
  /** It makes an output of the model. */
  readonly isOutput: boolean;
}

/** What one step of the optimizer changes. */
export interface WalkedUpdate {
  readonly name: string;
  readonly before: Values;
  readonly after: Values;
}

/** A model at a batch. */
export interface NetworkWalk {
  readonly samples: number;
  readonly inputs: readonly Values[];
  readonly labels: readonly Values[];
  readonly layers: readonly WalkedLayer[];
  readonly loss: number | undefined;
  readonly hasPenalties: boolean;
}

/** Walks through a network: without data by its shapes, without labels forward only. */
export function walkNetwork(network: Network, training: Training | undefined, data: DataSet | undefined): NetworkWalk {
  const all = data ? rowsOf(data) : [];
  const rows = data
    ? all.map(({ name, count, rowShape, dtype }) => inputOf(name, [count, ...rowShape], dtype))
    : placeholders(network.definition.inputs, 1);
  const inputs = rows.slice(0, network.definition.inputs.specs.length);
  const ran = network.run(inputs, { training: false });
  const labelled = training !== undefined && rows.length > inputs.length;
  const loss = labelled ? training.values(ran, rows.slice(inputs.length))[0] : undefined;
  const calls = ran.findings.calls.filter(({ built }) => built.path !== '');
  const readings = inTrace('explain', () => readingsOf(calls, loss));
  const wanted = [...readings.flatMap(tensorsOf), ...(loss ? [loss] : [])];
  const values = data ? computed(network, all, rows, wanted) : undefined;
  const given = all.map(({ count, rowShape, data }) => ({ shape: [count, ...rowShape], data }));
  return {
    samples: data?.count ?? 0,
    inputs: given.slice(0, inputs.length),
    labels: given.slice(inputs.length),
    layers: layersOf(network, ran, inputs, readings, values, loss),
    loss: loss && values?.get(loss)?.[0],
    hasPenalties: ran.findings.penalties.length + (training ? regularizersOf(network).length : 0) > 0,
  };
}

/** The numbers of tensors, as far as they were computed. */
type Computed = ReadonlyMap<Tensor, ArrayLike<number>>;

function layersOf(
  network: Network,
  { outputs }: Ran,
  inputs: readonly Tensor[],
  readings: readonly Reading[],
  values: Computed | undefined,
  loss: Tensor | undefined,
): WalkedLayer[] {
  const valuesOf = (t: Tensor | null | undefined): Values | undefined => {
    const data = t && values?.get(t);
    return data ? { shape: t.shape, data } : undefined;
  };
  const sources = sourcesOfAll(readings, inputs);
  const uses = loss && useCounts(graphOf({ outputs: [loss], effects: [] }));
  return readings.map((reading, i): WalkedLayer => {
    const { call, x, z, a, activation } = reading;
    const readers = readings.flatMap((other, k) => (other.isDense && other.x === a ? [k + 1] : []));
    return {
      number: i + 1,
      name: call.name,
      kind: call.built.kind,
      inputShape: shapeOf(call.built.input),
      shape: a?.shape.slice(1),
      input: valuesOf(x),
      ...sources[i]!,
      parameters: Object.entries(call.parameters).map(([part, t], k) => ({
        part,
        name: network.variables.find(({ tensor }) => tensor === t)?.name ?? part,
        values: { shape: t.shape, data: network.view(t).slice() },
        gradient: valuesOf(reading.slopes[k]),
      })),
      z: valuesOf(z),
      a: valuesOf(a),
      activation,
      slope: valuesOf(reading.slope),
      outputGradient: valuesOf(reading.gradient),
      delta: valuesOf(reading.delta),
      reader: a && readers.length === 1 && uses?.get(a) === 1 ? readers[0] : undefined,
      isOutput: a !== undefined && outputs.includes(a),
    };
  });
}

/** What each layer reads. One after the other: the output of a layer may be its input, as that of dropout is. */
function sourcesOfAll(readings: readonly Reading[], inputs: readonly Tensor[]): Pick<WalkedLayer, 'from' | 'reads'>[] {
  const numbers = new Map<Tensor, number>(inputs.map((t, i) => [t, -i]));
  return readings.map(({ x, a }, i) => {
    const found = { from: a ? sourcesOf(a, numbers) : [], reads: x && numbers.get(x) };
    if (a) numbers.set(a, i + 1);
    return found;
  });
}

/** The layers that a layer's output is made of, through whatever ops are between. */
function sourcesOf(a: Tensor, numbers: ReadonlyMap<Tensor, number>): number[] {
  const found = new Set<number>();
  const seen = new Set([a]);
  for (const t of seen) {
    const source = numbers.get(t);
    if (source !== undefined) found.add(source);
    else for (const input of t.inputs) seen.add(input);
  }
  return [...found].sort((p, q) => p - q);
}

/** What of a call is looked at. */
interface Reading {
  readonly call: LayerCall;
  readonly isDense: boolean;
  readonly x: Tensor | undefined;
  readonly z: Tensor | undefined;
  readonly a: Tensor | undefined;
  readonly activation: string | undefined;
  readonly slope: Tensor | null | undefined;
  readonly gradient: Tensor | null | undefined;
  readonly delta: Tensor | null | undefined;
  /** ∂L/∂parameter, in their order. */
  readonly slopes: readonly (Tensor | null)[];
}

const tensorsOf = ({ x, z, a, slope, gradient, delta, slopes }: Reading): Tensor[] =>
  [x, z, a, slope, gradient, delta, ...slopes].filter((t) => t !== undefined && t !== null);

function readingsOf(calls: readonly LayerCall[], loss: Tensor | undefined): Reading[] {
  const parts = calls.map((call) => ({ call, ...partsOf(call) }));
  const wanted = [
    ...new Set(
      parts.flatMap(({ call, z, a }) => [z, a, ...Object.values(call.parameters)]).filter((t) => t !== undefined),
    ),
  ];
  const found = loss ? gradients(loss, wanted) : [];
  const gradientOf = (t: Tensor | undefined): Tensor | null => (t && found[wanted.indexOf(t)]) ?? null;
  return parts.map((part): Reading => {
    const { z, a, call } = part;
    const smooth = z && a && z !== a && isElementwise(a, z);
    return {
      ...part,
      slope: smooth ? pullback([a], [a.onesLike()], [z], [z])[0] : undefined,
      gradient: gradientOf(a),
      delta: gradientOf(z),
      slopes: Object.values(call.parameters).map(gradientOf),
    };
  });
}

/** Of a dense layer x, z and a, of an activation alone z and a, of any other a alone. */
function partsOf({
  built,
  parameters,
  output,
  shown,
}: LayerCall): Pick<Reading, 'isDense' | 'x' | 'z' | 'a' | 'activation'> {
  const a = output instanceof Tensor ? output : undefined;
  const none = { isDense: false, x: undefined, z: undefined, a, activation: undefined };
  const z = shown.get('z');
  const sum = z?.op.name === 'add' ? z.inputs[0] : z;
  if (z && a && sum?.op.name === 'matMul' && sum.inputs[1] === parameters['kernel']) {
    return { isDense: true, x: sum.inputs[0], z, a, activation: nameBetween(z, a) };
  }
  const from = a?.inputs[0];
  if (built.kind !== 'activation' || !a || !from || a.inputs.length > 1) return none;
  return { isDense: false, x: from, z: from, a, activation: a.op.name };
}

function nameBetween(z: Tensor, a: Tensor): string {
  if (a === z) return 'linear';
  return a.inputs.length === 1 && a.inputs[0] === z ? a.op.name : 'own';
}

/** Whether all ops from z to a are elementwise. */
function isElementwise(a: Tensor, z: Tensor): boolean {
  if (a === z || !a.traced) return true;
  return a.op.elementwise === true && a.inputs.every((t) => isElementwise(t, z));
}

/** Of samples, from what a layer notes of its first call; undefined for several inputs. */
function shapeOf(input: string): Shape | undefined {
  const spec = JSON.parse(input) as { shape?: unknown };
  return Array.isArray(spec.shape) ? (spec.shape as number[]) : undefined;
}

function computed(
  network: Network,
  all: ReturnType<typeof rowsOf>,
  rows: readonly Tensor[],
  wanted: readonly Tensor[],
): Computed {
  const outputs = [...new Set(wanted)].filter((t) => !rows.includes(t));
  const program = new Program(
    network.runner,
    { outputs, effects: [] },
    { places: network.places, inputs: rows, what: 'explain' },
  );
  try {
    rows.forEach((row, i) => void program.write(row, all[i]!.data));
    program.run();
    const known = rows.map((row, i) => [row, all[i]!.data] as const);
    return new Map<Tensor, ArrayLike<number>>([...known, ...outputs.map((t) => [t, program.read(t)] as const)]);
  } finally {
    program.dispose();
  }
}

/** What one training step changes, and the loss before it, as training computes it, and after it. */
export interface WalkedStep {
  readonly updates: readonly WalkedUpdate[];
  readonly trainingLoss: number;
  readonly lossAfter: number;
}

/** Makes a step, looks at it, and takes it back: weights, states, optimizer and keys are then as they were. */
export function stepAndBack(training: Training, data: DataSet): WalkedStep {
  const { network } = training;
  const changed = network.trainable.map(({ tensor }) => tensor);
  const names = new Map(network.variables.map(({ name, tensor }) => [tensor, name]));
  const read = (): Values[] => changed.map((t) => ({ shape: t.shape, data: network.view(t).slice() }));
  const before = read();
  const saved = training.save();
  const lossOf = (kind: 'batch' | 'measure'): number => {
    const { program, values } = training.run(kind, data);
    return program.scalar(values[0]!);
  };
  try {
    const trainingLoss = lossOf('batch');
    const after = read();
    const lossAfter = lossOf('measure');
    const updates = changed.map((t, i) => ({ name: names.get(t)!, before: before[i]!, after: after[i]! }));
    return { updates, trainingLoss, lossAfter };
  } finally {
    training.restore(saved);
  }
}
