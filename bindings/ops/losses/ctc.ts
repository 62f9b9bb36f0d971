// ctcLoss: how likely a sequence of labels is where it is not known at which steps they are, and what such a model says most likely.

import { arange } from '../../creation.js';
import { check } from '../../errors.js';
import { anything, flag, oneOf, options, type Rules, whole } from '../../options.js';
import { sameShape, shapeText } from '../../shape.js';
import { checkedTensor, constantOf, type Tensor } from '../../tensor.js';
import { scan } from '../../transforms/scan.js';
import { takeAlongAxis } from '../gather.js';
import { moveAxis } from '../movement.js';
import { checkFloat, checkLengths } from '../op.js';
import { along, concat, stack } from '../slicing.js';
import { where } from '../where.js';
import type { LossOptions } from './loss.js';

/** Options of `ctcLoss`. */
export interface CtcLossOptions extends LossOptions {
  /** How many steps each sample has, int32 [n]; by default all. */
  readonly inputLengths?: Tensor | undefined;
  /** How many labels each sample has, int32 [n]; by default those before the first that is blank. */
  readonly targetLengths?: Tensor | undefined;
  /** The class that stands for no label; default 0. */
  readonly blank?: number | undefined;
  /** Whether a target that has no room in its steps has the loss 0, and no gradient, in place of infinity; default false. */
  readonly zeroInfinity?: boolean | undefined;
}

const ctcOptions = options({
  inputLengths: anything<Tensor | undefined>(),
  targetLengths: anything<Tensor | undefined>(),
  blank: whole(0, 0),
  zeroInfinity: flag(false),
  reduction: oneOf('mean', 'sum', 'none'),
} satisfies Rules<CtcLossOptions>);

/** The logarithm of 0, but a number: it may be multiplied by 0. */
const NEVER = -1e30;

/** ln Σ e^x over the last axis. */
function logSumExp(x: Tensor): Tensor {
  const most = x.max(-1, { keepDims: true }).stopGradient();
  return x
    .sub(most)
    .exp()
    .sum(-1)
    .log()
    .add(most.reshape(x.shape.slice(0, -1)));
}

/** 1 where a position is before the length of its sample: [n, size]. */
const before = (lengths: Tensor, size: number): Tensor => arange(0, size, 1, 'int32').less(lengths.expandDims(1));

/**
 * The loss of a model that reads labels from a longer sequence, as speech or handwriting, without knowing at which steps they are:
 * -ln of the probability that its steps say the target, when labels that are said in several steps in a row are taken once, and
 * blanks are left out (connectionist temporal classification). `logProbs` are [n, time, classes], as logSoftmax makes them, targets
 * int32 [n, labels].
 *
 * As in PyTorch the mean is over samples whose losses are divided by the number of their labels, 1 at least, and a target that
 * does not fit into its steps has an infinite loss (without a gradient). The gradient by `logProbs` is that of the formula, which behind logSoftmax
 * is PyTorch's. (A. Graves et al., "Connectionist temporal classification", 2006.)
 *
 * @throws if the shapes do not fit, or a length that is known is out of range
 */
export function ctcLoss(logProbs: Tensor, targets: Tensor, options?: CtcLossOptions): Tensor {
  const { blank, zeroInfinity, reduction, ...given } = ctcOptions('ctcLoss', options);
  const [n, time, classes] = sizesOf(logProbs, targets, blank);
  const labels = targets.shape[1]!;
  const inputLengths =
    lengthsOf('inputLengths', given.inputLengths, n, time) ?? constantOf(new Int32Array(n).fill(time), [n], 'int32');
  const givenLengths = lengthsOf('targetLengths', given.targetLengths, n, labels);
  checkLabels(targets, givenLengths, classes);
  const targetLengths = givenLengths ?? labelsBefore(targets, blank);
  const counted = before(targetLengths, labels).toInt();
  const known = targets.mul(counted).add(
    counted
      .neg()
      .add(1)
      .mul(constantOf(Int32Array.of(blank), [], 'int32')),
  );
  const likelihood = logLikelihood(logProbs, known, inputLengths, targetLengths, blank);
  const fails = likelihood.lessEqual(NEVER / 2); // not so of NaN, which stays
  const losses = where(fails, zeroInfinity ? 0 : Infinity, likelihood.neg());
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? losses.sum() : losses.div(targetLengths.toFloat().maximum(1)).mean();
}

function sizesOf(logProbs: Tensor, targets: Tensor, blank: number): [number, number, number] {
  const { shape } = checkedTensor('ctcLoss: logProbs', logProbs);
  checkedTensor('ctcLoss: the targets', targets);
  const fits =
    shape.length === 3 && targets.shape.length === 2 && targets.shape[0] === shape[0] && targets.dtype === 'int32';
  check(
    fits,
    () => `ctcLoss: expected logProbs [n, time, classes] and int32 targets [n, labels], got ${logProbs} and ${targets}`,
  );
  checkFloat('ctcLoss', [logProbs]);
  check(blank < shape[2]!, () => `ctcLoss: blank ${blank} is none of the ${shape[2]} classes`);
  return shape as [number, number, number];
}

function lengthsOf(name: string, given: Tensor | undefined, n: number, most: number): Tensor | undefined {
  if (given === undefined) return undefined;
  const { shape, dtype } = checkedTensor(`ctcLoss: ${name}`, given);
  check(
    dtype === 'int32' && sameShape(shape, [n]),
    () => `ctcLoss: ${name} must be int32${shapeText([n])}, got ${given}`,
  );
  checkLengths(`ctcLoss: a length of ${name}`, given, most);
  return given;
}

/** Throws if a label that counts is known and is none of the classes. */
function checkLabels(targets: Tensor, lengths: Tensor | undefined, classes: number): void {
  const counts = lengths?.known;
  if (lengths && !counts) return;
  const size = targets.shape[1]!;
  targets.known?.forEach((label, i) => {
    const counted = !counts || i % size < counts[Math.floor(i / size)]!;
    const fits = label >= 0 && label < classes;
    check(!counted || fits, () => `ctcLoss: label ${label} is out of range: there are ${classes} classes`);
  });
}

/** How many labels stand before the first that is blank. */
function labelsBefore(targets: Tensor, blank: number): Tensor {
  const [n, labels] = targets.shape as [number, number];
  if (labels === 0) return constantOf(new Int32Array(n), [n], 'int32');
  const isLabel = targets.notEqual(blank);
  const gone = Array.from({ length: labels }, (_, i) =>
    along(isLabel, 1, [0, i + 1])
      .sum(1)
      .equal(i + 1),
  );
  return gone.reduce((sum, one) => sum.add(one)).toInt();
}

/**
 * ln p(target) for each sample. Places are blank, label, blank, label … blank; alpha is what all ways have to be at a place after a step:
 * each step stays, goes to the next place, or jumps over the blank between two labels that differ.
 */
function logLikelihood(
  logProbs: Tensor,
  labels: Tensor,
  inputLengths: Tensor,
  targetLengths: Tensor,
  blank: number,
): Tensor {
  const [n, time] = logProbs.shape as [number, number];
  const count = labels.shape[1]!;
  const places = 2 * count + 1;
  const blanks = constantOf(new Int32Array(n * (count + 1)).fill(blank), [n, count + 1], 'int32');
  const between = (first: Tensor, odd: Tensor): Tensor => {
    if (count === 0) return first;
    const pairs = stack([along(first, 1, [0, count]), odd], 2).reshape([n, 2 * count]);
    return concat([pairs, along(first, 1, [count])], 1);
  };
  const all = between(blanks, labels);
  const said = takeAlongAxis(logProbs, all.expandDims(1), 2).maximum(NEVER);
  const none = constantOf(new Float64Array(n * (count + 1)), [n, count + 1]);
  const differs =
    count < 2
      ? along(none, 1, [0, count])
      : concat([along(none, 1, [0, 1]), along(labels, 1, [1]).notEqual(along(labels, 1, [0, count - 1]))], 1);
  const closed = between(none, differs).sub(1).mul(-NEVER);
  const nowhere = (width: number): Tensor => constantOf(new Float64Array(n * width).fill(NEVER), [n, width]);
  const later = (alpha: Tensor, by: number): Tensor =>
    by >= places ? nowhere(places) : concat([nowhere(by), along(alpha, 1, [0, places - by])], 1);
  const step = (alpha: Tensor, { row, counts }: { row: Tensor; counts: Tensor }): readonly [Tensor, null] => {
    const ways = stack([alpha, later(alpha, 1), later(alpha, 2).add(closed)], 2);
    return [where(counts.expandDims(1).broadcastTo(alpha.shape), logSumExp(ways).add(row), alpha), null];
  };
  const start = constantOf(
    new Float64Array(n * places).map((_, i) => (i % places === 0 ? 0 : NEVER)),
    [n, places],
  );
  const xs = { row: moveAxis(said, 1, 0), counts: before(inputLengths, time).transpose() };
  const { carry } = scan(step as never, start, xs as never);
  const ends = targetLengths.mul(2).expandDims(1);
  const at = arange(0, places, 1, 'int32');
  const isEnd = at.lessEqual(ends).mul(at.greaterEqual(ends.sub(1)));
  return logSumExp((carry as unknown as Tensor).add(isEnd.sub(1).mul(-NEVER)));
}

/** Options of `ctcGreedyDecode`. */
export interface CtcDecodeOptions {
  /** How many steps each sample has, int32 [n]; by default all. */
  readonly inputLengths?: Tensor | undefined;
  /** The class that stands for no label; default 0. */
  readonly blank?: number | undefined;
}

const decodeOptions = options({
  inputLengths: anything<Tensor | undefined>(),
  blank: whole(0, 0),
} satisfies Rules<CtcDecodeOptions>);

/**
 * What a model that was trained by `ctcLoss` reads, by the likeliest class of each step: repeated ones taken once, blanks left out.
 *
 * @param scores [n, time, classes]: logits, probabilities or their logarithms
 * @returns the labels of each sample
 */
export function ctcGreedyDecode(scores: Tensor, options?: CtcDecodeOptions): number[][] {
  const { inputLengths, blank } = decodeOptions('ctcGreedyDecode', options);
  const { shape } = checkedTensor('ctcGreedyDecode', scores);
  check(shape.length === 3, () => `ctcGreedyDecode: expected scores [n, time, classes], got ${scores}`);
  const [n, time] = shape as [number, number];
  const lengths = lengthsOf('inputLengths', inputLengths, n, time)?.values();
  const best = scores.argMax().values();
  return Array.from({ length: n }, (_, s) => {
    const steps = Array.from(best.subarray(s * time, s * time + (lengths?.[s] ?? time)));
    return steps.filter((label, t) => label !== blank && label !== steps[t - 1]);
  });
}
