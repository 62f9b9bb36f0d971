// Masks: which steps of sequences count. A mask goes with a tensor through all ops that compute each step by itself;
// layers that look at several steps use it, and what else does so throws. Not here: who makes masks (embedding.ts,
// masking.ts), and the loss (model/training.ts).

import { check } from '../errors.js';
import { reachableInOrder } from '../graph.js';
import { alongside, keptRows } from '../keptrows.js';
import { reshape } from '../ops/movement.js';
import { outputOf, type Sequences, type StepOptions, type WithState } from '../ops/recurrent/sequences.js';
import { type EmbedAttrs, flip } from '../ops/slicing.js';
import { type Shape, sameShape, shapeText, sizeOf } from '../shape.js';
import { checkedTensor, Tensor } from '../tensor.js';
import { frameAtWork, masked } from './frame.js';

/** What a model of masked sequences is trained and measured with. */
export interface MaskFlow {
  /** The mask of an output. */
  of(output: Tensor): Tensor | undefined;
  /** How much the steps count that have this mask, in samples that may have weights, [n]. */
  weighted(mask: Tensor, samples: Tensor | undefined): Tensor;
  /** Labels and output, and behind them the mask, if there is one. */
  seen(ends: readonly Tensor[]): readonly Tensor[];
  /** Labels and output of the steps that count, [steps, …]: of such values, when they are known. */
  kept(values: readonly Tensor[]): readonly Tensor[];
}

/**
 * The mask of a tensor in the function of a model: [n, time] of 1 where a step counts, else 0; undefined if all do.
 * Layers make masks (`embedding` with maskZero, `masking`) and so does `withMask`. A tensor has the mask of what it was
 * computed from, as long as each step was computed by itself: elementwise, along axes behind the time, or by a layer
 * that says so. Where several tensors with masks come together a step counts that does so in all of them.
 *
 * @throws if it was computed from a tensor with a mask by an op that looks at several steps, such as a mean over time
 *   or a convolution
 */
export function maskOf(x: Tensor): Tensor | undefined {
  checkedTensor('maskOf', x);
  if (!masked.any) return undefined; // no tensor has to be looked at
  const masks = masked.of;
  const found = reachableInOrder([x], (t) => (masks.has(t) ? [] : t.inputs));
  for (const t of found) if (!masks.has(t)) masks.set(t, derived(t));
  return masks.get(x) ?? undefined;
}

/**
 * The same values with another mask: 1 where a step counts, else 0, for each step of x, [n, time]. null takes the mask
 * off, and says that all steps are meant, whatever they are. For use in the function of a model, and in layers of one's
 * own that look at several steps.
 *
 * @example
 * const net = model({ x: [20, 3], known: [20] }, ({ x, known }) => dense(1)(lstm(8)(withMask(x, known))));
 */
export function withMask(x: Tensor, mask: Tensor | null): Tensor {
  checkedTensor('withMask', x);
  if (mask !== null) checkedTensor('withMask: the mask', mask);
  return marked(new Tensor(reshape, [x], { shape: x.shape }), mask);
}

/** Gives a new tensor its mask. */
export function marked(x: Tensor, mask: Tensor | null): Tensor {
  const frame = frameAtWork();
  check(frame !== undefined, () => 'withMask is for the function of a model, and for layers');
  const fits = mask === null || sameShape(mask.shape, x.shape.slice(0, mask.shape.length));
  check(fits, () => `withMask: ${x} has steps ${shapeText(x.shape.slice(0, 2))}, the mask is ${mask}`);
  masked.of.set(x, mask === null ? null : mask.toFloat());
  masked.any = true;
  frame.findings.masks = flow;
  return x;
}

/**
 * What `f` makes of x, each step by itself or by use of the mask: the result has the mask of x, and what `f` sees has
 * none.
 */
export function passing(x: Tensor, f: (x: Tensor, mask: Tensor | undefined) => Tensor): Tensor {
  const mask = maskOf(x);
  return mask ? withMask(f(withMask(x, null), mask), mask) : f(x, undefined);
}

/**
 * What a recurrent layer makes of x, which it goes through by the mask of x, unless it is given one: outputs of all
 * steps have the mask as well, in their order.
 */
export function throughSteps<S>(
  input: Tensor | Sequences<S>,
  { returnSequences, goBackwards }: Pick<StepOptions, 'returnSequences' | 'goBackwards'>,
  run: (input: Tensor | Sequences<S>) => unknown,
): unknown {
  const given = input instanceof Tensor ? { x: input } : input;
  const mask = given.x instanceof Tensor ? maskOf(given.x) : undefined; // else `run` refuses it
  if (!mask) return run(input);
  const isGiven = given.mask !== undefined || given.lengths !== undefined;
  const result = run(isGiven ? given : { ...given, mask }) as Tensor | WithState<S>;
  marked(outputOf(result), returnSequences ? (goBackwards ? flip(mask, 1) : mask) : null);
  return result;
}

/** What users call an op that is made of several. */
const NAMES: Readonly<Record<string, string>> = { columnMoments: 'batchNorm' };

/** The mask of a tensor that has no mask of its own; of several inputs those steps that count in all. */
function derived(t: Tensor): Tensor | null {
  const { op, inputs } = t;
  const values = op.name === 'customGradient' ? inputs.slice(0, 1) : inputs;
  const [mask, ...others] = new Set(values.map((x) => masked.of.get(x)).filter((m) => m != null));
  if (!mask) return null;
  const alike = others.every(({ shape }) => sameShape(shape, mask.shape));
  const passed = alike
    ? passedOn(
        t,
        others.reduce((all, m) => all.mul(m), mask),
      )
    : undefined;
  check(passed !== undefined, () => {
    const where = t.origin === undefined ? '' : ` in ${t.origin}`;
    return `${NAMES[op.name] ?? op.name}${where} looks at several steps of a tensor that has a mask: use maskOf(x), and say which mask the result has, withMask(y, mask), or take it off before, withMask(x, null)`;
  });
  return passed;
}

/** The mask behind an op, given that of its inputs; undefined if it brings steps together, or moves them. */
function passedOn(t: Tensor, mask: Tensor): Tensor | undefined {
  const { op, attrs, shape } = t;
  if (op === reshape) return reshaped(mask, shape);
  const steps = mask.shape.length;
  const isKept = op.elementwise || op.aliases || PASSED[op.name]?.(attrs, steps, t);
  return isKept && sameShape(shape.slice(0, steps), mask.shape) ? mask : undefined;
}

/** The steps of a tensor that has another shape: [n·time] of [n·time, features], where steps stay whole. */
function reshaped(mask: Tensor, shape: Shape): Tensor | undefined {
  const fits = (t: Tensor): boolean => sameShape(shape.slice(0, t.shape.length), t.shape);
  const before = mask.op === reshape ? mask.inputs[0]! : mask; // back again
  if (fits(before)) return before;
  if (fits(mask)) return mask;
  const axes = shape.findIndex((_, i) => sizeOf(shape.slice(0, i + 1)) === mask.size) + 1;
  return axes > 0 ? mask.reshape(shape.slice(0, axes)) : undefined;
}

/** Whether ops that are not elementwise keep steps apart, of which the first `steps` axes are. */
const PASSED: Readonly<Record<string, (attrs: unknown, steps: number, t: Tensor) => boolean>> = /*@__PURE__*/ (() => {
  const behind = (_: unknown, steps: number, { shape }: Tensor): boolean => steps < shape.length;
  const reduced = (attrs: unknown, steps: number): boolean => (attrs as { from: number }).from >= steps;
  const product = (attrs: unknown, steps: number, { shape, inputs }: Tensor): boolean =>
    !(attrs as { transA: boolean }).transA && !masked.of.get(inputs[1]!) && steps < shape.length;
  const windows = (attrs: unknown, steps: number, { shape, inputs }: Tensor): boolean => {
    const parts = inputs.slice(0, (attrs as EmbedAttrs).begin.length);
    return parts.every((x) => sameShape(x.shape.slice(0, steps), shape.slice(0, steps)));
  };
  return {
    toFloat: () => true,
    toInt: () => true,
    copy: () => true,
    dropout: () => true,
    broadcastTo: (_, __, { shape, inputs }) => shape.length === inputs[0]!.shape.length,
    softmax: behind,
    logSoftmax: behind,
    mixColumns: behind,
    normRows: (attrs, steps, { shape }) => shape.length - (attrs as { axes: number }).axes >= steps,
    sum: reduced,
    max: reduced,
    argMax: reduced,
    matMul: product,
    batchMatMul: product,
    concat: windows,
    gather: (attrs, steps, { inputs: [x, indices] }) => {
      const { axis, along } = attrs as { axis: number; along: boolean };
      if (along || !masked.of.get(indices!)) return axis >= steps;
      return axis === 0 && !masked.of.get(x!);
    },
    slice: (attrs, steps, { shape, inputs }) => {
      const { step } = attrs as { step: readonly number[] };
      return (
        sameShape(shape.slice(0, steps), inputs[0]!.shape.slice(0, steps)) && step.slice(0, steps).every((s) => s === 1)
      );
    },
    transpose: (attrs, steps) =>
      (attrs as { axes: readonly number[] }).axes.slice(0, steps).every((axis, i) => axis === i),
  };
})();

const flow: MaskFlow = {
  of: maskOf,
  weighted: (mask, samples) => (samples ? mask.mul(alongside(samples, mask)) : mask),
  seen: ([yTrue, yPred]) => {
    const mask = maskOf(yPred!);
    return mask ? [yTrue!, yPred!, mask] : [yTrue!, yPred!];
  },
  kept: ([yTrue, yPred, mask]) => [yTrue!, yPred!].map((t) => (mask ? stepsOf(t, mask) : t)),
};

/** The steps that count, one after the other. */
function stepsOf(t: Tensor, mask: Tensor): Tensor {
  const steps = mask.shape.length;
  check(sameShape(t.shape.slice(0, steps), mask.shape), () => {
    return `metrics of ${t}: the output has a mask ${shapeText(mask.shape)}, and there is to be a label for each step`;
  });
  return keptRows(t, mask.values(), t.shape.slice(steps));
}
