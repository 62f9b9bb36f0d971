// Models that are functions: several inputs and outputs, shared layers, regularizers, weights of samples, every
// optimizer. fit on several back ends, and against the same training by hand: gradients by differences, optimizers by
// their formulas.

import fc from 'fast-check';
import { dense, l1, l2, logCosh, setSeed } from '../../bindings/index.js';
import type { Layer } from '../../bindings/layers/layer.js';
import { Model } from '../../bindings/model/model.js';
import { Shuffler } from '../../bindings/model/shuffle.js';
import type { Runner } from '../../bindings/run/runner.js';
import type { Tensor, TensorData } from '../../bindings/tensor.js';
import { functionNetworkOf } from '../networks.js';
import { Numbers } from '../numbers.js';
import { RULES } from '../optimizerrules.js';
import { Choices, choices } from './choices.js';
import { Difference, sameBits } from './compare.js';
import { unlessDiverging } from './diverging.js';
import { js64, parts, wasm } from './runners.js';

export interface NetCase {
  /** What the function is made of. */
  readonly numbers: readonly number[];
  readonly optimizer: number;
  readonly sampleWeight: boolean;
  readonly samples: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
}

export const netArbitrary: fc.Arbitrary<NetCase> = fc.record({
  numbers: choices(24),
  optimizer: fc.nat(RULES.length - 1),
  sampleWeight: fc.boolean(),
  samples: fc.integer({ min: 1, max: 8 }),
  batchSize: fc.integer({ min: 1, max: 5 }),
  epochs: fc.integer({ min: 1, max: 2 }),
  seed: fc.nat(90),
});

const ACTIVATIONS = {
  linear: (z: number) => z,
  tanh: Math.tanh,
  sigmoid: (z: number) => 1 / (1 + Math.exp(-z)),
} as const;

/** By name: the loss of one element from its error, which is smooth, so that differences give its slope. */
const LOSSES = {
  mse: { loss: 'mse', of: (e: number) => e * e },
  logCosh: { loss: logCosh(), of: (e: number) => Math.log(Math.cosh(e)) },
} as const;

const REGULARIZERS = {
  none: { regularizer: undefined, of: () => 0 },
  l2: { regularizer: l2(0.125), of: (w: number) => 0.125 * w * w },
  l1: { regularizer: l1(0.0625), of: (w: number) => 0.0625 * Math.abs(w) },
} as const;

interface DenseCase {
  readonly inputs: number;
  readonly units: number;
  readonly activation: keyof typeof ACTIVATIONS;
  readonly useBias: boolean;
  readonly regularizer: keyof typeof REGULARIZERS;
}

/** One value of the function, of those before it: a layer of one, the sum or the product of two. */
type Step =
  | { readonly op: 'layer'; readonly layer: number; readonly of: number }
  | { readonly op: 'add' | 'mul'; readonly of: number; readonly by: number };

/** A function: the values are the inputs, then what the steps make. */
interface Plan {
  readonly widths: readonly number[];
  readonly layers: readonly DenseCase[];
  readonly steps: readonly Step[];
  readonly outputs: readonly { readonly value: number; readonly loss: keyof typeof LOSSES; readonly weight: number }[];
}

const MAX_STEPS = 5;

function planOf({ numbers }: NetCase): Plan {
  const choice = new Choices(numbers);
  const widths = Array.from({ length: 1 + choice.below(2) }, () => 1 + choice.below(3));
  const all = [...widths];
  const layers: DenseCase[] = [];
  const steps: Step[] = [];
  const addLayer = (of: number): void => {
    const shared = layers.flatMap(({ inputs }, i) => (inputs === all[of] ? [i] : []));
    const layer = shared[choice.below(shared.length + 1) - 1] ?? layers.length;
    if (layer === layers.length) {
      layers.push({
        inputs: all[of]!,
        units: 1 + choice.below(3),
        activation: choice.of(Object.keys(ACTIVATIONS) as (keyof typeof ACTIVATIONS)[]),
        useBias: !choice.flag(),
        regularizer: choice.of(Object.keys(REGULARIZERS) as (keyof typeof REGULARIZERS)[]),
      });
    }
    steps.push({ op: 'layer', layer, of });
    all.push(layers[layer]!.units);
  };
  for (let left = choice.below(MAX_STEPS); left > 0; left--) {
    const of = choice.below(all.length);
    const alike = all.flatMap((width, i) => (width === all[of] ? [i] : []));
    if (choice.below(3) > 0) addLayer(of);
    else {
      steps.push({ op: choice.flag() ? 'mul' : 'add', of, by: choice.of(alike) });
      all.push(all[of]!);
    }
  }
  addLayer(all.length - 1); // so that an output depends on a parameter
  const computed = steps.map((_, i) => widths.length + i).slice(0, -1);
  const second = choice.flag() ? computed.slice(-1) : [];
  const outputs = [all.length - 1, ...second].map((value) => {
    return { value, loss: choice.flag() ? ('logCosh' as const) : ('mse' as const), weight: [1, 0.5][choice.below(2)]! };
  });
  return { widths, layers, steps, outputs };
}

/** How many layers and ops the function has. */
export const stepsOf = (net: NetCase): number => planOf(net).steps.length;

const nameOf = (i: number): string => `out${i}`;
const inputName = (i: number): string => `in${i}`;

function made(net: NetCase, runner: Runner): Model {
  const { widths, layers, steps, outputs } = planOf(net);
  setSeed(net.seed);
  const all = layers.map(({ units, activation, useBias, regularizer }): Layer => {
    return dense(units, { activation, useBias, kernelRegularizer: REGULARIZERS[regularizer].regularizer });
  });
  const forward = (inputs: Record<string, Tensor>) => {
    const values = widths.map((_, i) => inputs[inputName(i)]!);
    for (const step of steps) {
      const x = values[step.of]!;
      values.push(step.op === 'layer' ? all[step.layer]!(x) : x[step.op](values[step.by]!));
    }
    return Object.fromEntries(outputs.map(({ value }, i) => [nameOf(i), values[value]!]));
  };
  const inputs = Object.fromEntries(widths.map((width, i) => [inputName(i), [width]]));
  const model = new Model<unknown, Record<string, Tensor>>(functionNetworkOf(runner, inputs, forward));
  const byOutput = <T>(f: (output: Plan['outputs'][number]) => T) =>
    Object.fromEntries(outputs.map((output, i) => [nameOf(i), f(output)]));
  model.compile({
    optimizer: RULES[net.optimizer]![1],
    loss: byOutput(({ loss }) => LOSSES[loss].loss),
    lossWeights: byOutput(({ weight }) => weight),
  });
  return model as unknown as Model;
}

/** Samples by input, labels by output, flat; and the weights of the samples. */
function dataOf(net: NetCase) {
  const plan = planOf(net);
  const random = new Numbers(net.seed);
  const draw = (width: number) => Float32Array.from({ length: net.samples * width }, () => 2 * random.uniform() - 1);
  const xs = plan.widths.map(draw);
  const ys = plan.outputs.map(({ value }) => draw(widthOf(plan, value)));
  const weights = Float32Array.from({ length: net.samples }, () => [1, 0.5, 2, 0.25][random.below(4)]!);
  return { xs, ys, weights };
}

const widthOf = ({ widths, layers, steps }: Plan, value: number): number => {
  const step = steps[value - widths.length];
  if (!step) return widths[value]!;
  return step.op === 'layer' ? layers[step.layer]!.units : widthOf({ widths, layers, steps, outputs: [] }, step.of);
};

/** Weights by name as a list, then the losses of the epochs, after fit. */
async function fitted(net: NetCase, runner: Runner, shuffle: boolean): Promise<TensorData[]> {
  const model = made(net, runner);
  const { xs, ys, weights } = dataOf(net);
  const named = (name: (i: number) => string, rows: Float32Array[]) =>
    Object.fromEntries(rows.map((data, i) => [name(i), data]));
  const { epochs, batchSize } = net;
  const options = { epochs, batchSize, shuffle, ...(net.sampleWeight ? { sampleWeight: weights } : {}) };
  const { history } = await model.fit(named(inputName, xs) as never, named(nameOf, ys) as never, options);
  const result = [...Object.values(model.parameters()).map((w) => w.data()), Float64Array.from(history.loss)];
  model.dispose();
  return result;
}

/** A parameter by hand: its values, and its shape. */
interface HandParameter {
  readonly values: Float64Array;
  readonly shape: readonly number[];
}

interface Hand {
  readonly values: Float64Array[];
  /** The smallest size of a gradient that is not 0; 0 if differences went over a kink. */
  readonly least: number;
}

/** The same training by hand, from the weights that the model starts with. */
function byHand(net: NetCase): Hand {
  const plan = planOf(net);
  const model = made(net, js64);
  const parameters = Object.values(model.parameters()).map((w): HandParameter => {
    return { values: Float64Array.from(w.data()), shape: w.shape };
  });
  model.dispose();
  const steps = parameters.map(({ shape }) => RULES[net.optimizer]![2](shape));
  const { samples, batchSize, epochs } = net;
  const data = dataOf(net);
  let [t, least] = [0, Infinity];
  const losses = Array.from({ length: epochs }, () => {
    let [total, counted] = [0, 0];
    for (let from = 0; from < samples; from += batchSize) {
      const rows = Array.from({ length: Math.min(batchSize, samples - from) }, (_, k) => from + k);
      const loss = () => lossOf(plan, parameters, data, rows, net.sampleWeight);
      const weight = net.sampleWeight ? rows.reduce((sum, k) => sum + data.weights[k]!, 0) : rows.length;
      [total, counted] = [total + weight * loss(), counted + weight];
      const grads = parameters.map(({ values }) => differences(loss, values));
      for (const g of grads.flatMap((all) => [...all])) if (g !== 0) least = Math.min(least, Math.abs(g));
      if (isAtKink(plan, parameters)) least = 0;
      t++;
      parameters.forEach(({ values }, i) => void steps[i]!(values, grads[i]!, t));
    }
    return total / counted;
  });
  return { values: [...parameters.map(({ values }) => values), Float64Array.from(losses)], least };
}

/** Whether a weight that l1 pushes is so near to 0 that differences see both sides of it. */
const isAtKink = (plan: Plan, parameters: readonly HandParameter[]): boolean =>
  kernelsOf(plan, parameters).some(({ values }, i) => {
    return plan.layers[i]!.regularizer === 'l1' && values.some((w) => Math.abs(w) < 2 * STEP);
  });

/** How far central differences go to both sides. */
const STEP = 1e-5;

/** The gradient of `loss` by numbers that it reads, by central differences. */
function differences(loss: () => number, values: Float64Array): Float64Array {
  const h = STEP;
  return values.map((value, i) => {
    const at = (shifted: number): number => {
      values[i] = shifted;
      return loss();
    };
    const slope = (at(value + h) - at(value - h)) / (2 * h);
    values[i] = value;
    return slope;
  });
}

type Data = ReturnType<typeof dataOf>;

/** The loss of a batch: of each output the weighted mean over its rows, and what regularizers add. */
function lossOf(plan: Plan, parameters: readonly HandParameter[], data: Data, rows: number[], weighs: boolean): number {
  const all = rows.map((k) => valuesOf(plan, parameters, data, k));
  const weights = rows.map((k) => (weighs ? data.weights[k]! : 1));
  const sum = weights.reduce((a, b) => a + b);
  const losses = plan.outputs.map(({ value, loss, weight }, o) => {
    const width = widthOf(plan, value);
    const each = rows.map((k, r) => {
      const errors = all[r]![value]!.map((v, j) => v - data.ys[o]![k * width + j]!);
      return errors.reduce((total, e) => total + LOSSES[loss].of(e), 0) / width;
    });
    return (weight * each.reduce((total, l, r) => total + l * weights[r]!, 0)) / sum;
  });
  const penalties = kernelsOf(plan, parameters).map(({ values }, i) => {
    return values.reduce((total, w) => total + REGULARIZERS[plan.layers[i]!.regularizer].of(w), 0);
  });
  return [...losses, ...penalties].reduce((a, b) => a + b);
}

/** The parameters of each layer lie in the order of its first call: kernel, then bias. */
function startsOf({ layers }: Plan): number[] {
  let next = 0;
  return layers.map(({ useBias }) => {
    const start = next;
    next += 1 + +useBias;
    return start;
  });
}

const kernelsOf = (plan: Plan, parameters: readonly HandParameter[]): HandParameter[] =>
  startsOf(plan).map((start) => parameters[start]!);

/** All values of the function for sample `k`. */
function valuesOf(plan: Plan, parameters: readonly HandParameter[], { xs }: Data, k: number): number[][] {
  const starts = startsOf(plan);
  const values = plan.widths.map((width, i) => Array.from(xs[i]!.subarray(k * width, (k + 1) * width)));
  for (const step of plan.steps) {
    const x = values[step.of]!;
    if (step.op === 'layer') {
      const { units, activation, useBias } = plan.layers[step.layer]!;
      const at = starts[step.layer]!;
      const [kernel, bias] = [parameters[at]!.values, useBias ? parameters[at + 1]!.values : []];
      const z = (j: number) => x.reduce((sum, v, i) => sum + v * kernel[i * units + j]!, bias[j] ?? 0);
      values.push(Array.from({ length: units }, (_, j) => ACTIVATIONS[activation](z(j))));
    } else values.push(x.map((v, j) => (step.op === 'add' ? v + values[step.by]![j]! : v * values[step.by]![j]!)));
  }
  return values;
}

/** A loss from which on a training explodes, and differences over STEP are the rounding of it. */
const EXPLODES = 1e6;

/**
 * Throws where a number is not what it is by hand. Rules that go by signs would turn with a gradient that is rounding.
 */
function near(what: string, actual: readonly TensorData[], hand: Hand, tolerance: number, least: number): void {
  if (hand.least < least || hand.values.at(-1)!.some((loss) => !(loss < EXPLODES))) return;
  hand.values.forEach((values, k) => {
    values.forEach((e, i) => {
      const a = actual[k]![i]!;
      const fits = Math.abs(a - e) <= tolerance * (1 + Math.abs(e));
      if (!fits)
        throw new Difference(
          `${what}: ${k < hand.values.length - 1 ? `parameter ${k}` : 'loss'}[${i}] is ${a}, by hand ${e}`,
        );
    });
  });
}

/** Throws a Difference if anything is not as it must be. */
export async function checkNet(net: NetCase): Promise<void> {
  new Shuffler().shuffle(new Int32Array(2));
  await unlessDiverging(
    () => checkShuffled(net),
    () => fitted(net, js64, true),
  );
  await unlessDiverging(
    () => checkByHand(net),
    () => fitted(net, js64, false),
  );
}

async function checkShuffled(net: NetCase): Promise<void> {
  const shuffled = await fitted(net, wasm, true);
  sameBits('the same seed again', await fitted(net, wasm, true), shuffled);
  sameBits('in three parts', await fitted(net, parts, true), shuffled);
}

async function checkByHand(net: NetCase): Promise<void> {
  const hand = byHand(net);
  near('in float64', await fitted(net, js64, false), hand, 1e-5, 1e-5);
  near('wasm', await fitted(net, wasm, false), hand, 2e-3, 1e-3);
}

/** The case as code. */
export function netText(net: NetCase): string {
  const { widths, layers, steps, outputs } = planOf(net);
  const valueName = (i: number): string => (i < widths.length ? inputName(i) : `v${i - widths.length}`);
  const lines = steps.map((step, i) => {
    const made =
      step.op === 'layer'
        ? `layer${step.layer}(${valueName(step.of)})`
        : `${valueName(step.of)}.${step.op}(${valueName(step.by)})`;
    return `  const v${i} = ${made};`;
  });
  const entries = (f: (output: Plan['outputs'][number]) => string) =>
    outputs.map((output, i) => `${nameOf(i)}: ${f(output)}`).join(', ');
  return [
    `setSeed(${net.seed});`,
    ...layers.map(({ units, activation, useBias, regularizer }, i) => {
      const more =
        regularizer === 'none' ? '' : `, kernelRegularizer: ${regularizer}(${regularizer === 'l2' ? 0.125 : 0.0625})`;
      return `const layer${i} = dense(${units}, { activation: '${activation}', useBias: ${useBias}${more} });`;
    }),
    `const net = model({ ${widths.map((width, i) => `${inputName(i)}: [${width}]`).join(', ')} }, ({ ${widths.map((_, i) => inputName(i)).join(', ')} }) => {`,
    ...lines,
    `  return { ${entries(({ value }) => valueName(value))} };`,
    '});',
    `net.compile({ optimizer /* ${RULES[net.optimizer]![0]} */, loss: { ${entries(({ loss }) => (loss === 'mse' ? "'mse'" : 'logCosh()'))} }, lossWeights: { ${entries(({ weight }) => `${weight}`)} } });`,
    `await net.fit(x, y, { epochs: ${net.epochs}, batchSize: ${net.batchSize}, shuffle: false${net.sampleWeight ? ', sampleWeight' : ''} }); // ${net.samples} samples`,
  ].join('\n');
}
