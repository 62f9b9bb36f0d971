// ctcLoss: how likely a sequence of labels is where it is not known at which steps they are, and what such a model says
// most likely.

import { arange, ones } from '../../creation.js';
import { check } from '../../errors.js';
import { anything, flag, options, type Rules, together, type Values, whole } from '../../options.js';
import { sameShape, shapeText } from '../../shape.js';
import { checkedTensor, constantOf, type Tensor } from '../../tensor.js';
import { scan } from '../../transforms/scan.js';
import { takeAlongAxis } from '../gather.js';
import { before, checkLengths, inRange, nanUnless } from '../lengths.js';
import { moveAxis } from '../movement.js';
import { checkFloat } from '../op.js';
import { along, concat, stack } from '../slicing.js';
import { where } from '../where.js';
import { type LossOptions, predictionFirst, reductions } from './loss.js';

/** Options of `ctcLoss`. */
export interface CtcLossOptions extends LossOptions {
  /** How many steps each sample has, int32 [n]; by default all. */
  readonly inputLengths?: Tensor | undefined;
  /** How many labels each sample has, int32 [n]; by default those before the first that is blank. */
  readonly targetLengths?: Tensor | undefined;
  /** The class that stands for no label; default 0. */
  readonly blank?: number | undefined;
  /**
   * Whether a target that has no room in its steps has the loss 0, and no gradient, in place of infinity; default
   * false.
   */
  readonly zeroInfinity?: boolean | undefined;
}

/** The type of `ctcLoss`. */
export interface CtcLossOp {
  (logProbs: Tensor, targets: Tensor, options?: CtcLossOptions): Tensor;
  /** See `LossOp`. */
  readonly predictionFirst: true;
}

/** The rules of the options that the loss of `compile` has as well. */
export const ctcRules = { blank: whole(0, 0), zeroInfinity: flag(false) };

const ctcOptions = options(
  together(ctcRules, {
    inputLengths: anything<Tensor | undefined>(),
    targetLengths: anything<Tensor | undefined>(),
    reduction: reductions,
  }) satisfies Rules<CtcLossOptions>,
);

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

/** Which labels each sample has, and of which length. */
interface Target {
  /** int32 [n, labels], blank behind the length. */
  readonly labels: Tensor;
  /** int32 [n] */
  readonly lengths: Tensor;
}

/** A target as it is read. */
function targetOf(targets: Tensor, given: Tensor | undefined, blank: number): Target {
  const lengths = given ?? labelsBefore(targets, blank);
  const counted = before(lengths, targets.shape[1]!).toInt();
  const rest = counted
    .neg()
    .add(1)
    .mul(constantOf(Int32Array.of(blank), [], 'int32'));
  return { labels: targets.mul(counted).add(rest), lengths };
}

/** What `ctcLoss` makes of its targets, [n]; `counts` [n, time] is 1 where a step counts. */
function lossesOf(logProbs: Tensor, target: Target, counts: Tensor, blank: number, zeroInfinity: boolean): Tensor {
  const likelihood = logLikelihood(logProbs, target, counts, blank);
  const fails = likelihood.lessEqual(NEVER / 2); // not so of NaN, which stays
  return where(fails, zeroInfinity ? 0 : Infinity, likelihood.neg());
}

/** 1 where all of a sample are 1, [n]; there may be none. */
const allOf = (each: Tensor | undefined): Tensor | undefined => each?.equal(0).sum(1).equal(0);

/** Losses of samples over the number of their labels. */
const perLabel = (losses: Tensor, { lengths }: Target): Tensor => losses.div(lengths.toFloat().maximum(1));

/**
 * The loss of a model that reads labels from a longer sequence, as speech or handwriting, without knowing at which
 * steps they are: -ln of the probability that its steps say the target, when labels that are said in several steps in a
 * row are taken once, and blanks are left out (connectionist temporal classification). `logProbs` are [n, time,
 * classes], as logSoftmax makes them, targets int32 [n, labels].
 *
 * As in PyTorch the mean is over samples whose losses are divided by the number of their labels, 1 at least, and a
 * target that does not fit into its steps has an infinite loss (without a gradient). The gradient by `logProbs` is that
 * of the formula, which behind logSoftmax is PyTorch's. For `compile` there is `ctcLoss` of `wasmgrad`. (A. Graves et
 * al., "Connectionist temporal classification", 2006.)
 *
 * @throws if the shapes do not fit, or a length or label that is known is out of range; one that a program computes
 *   makes the loss of its sample NaN
 */
export const ctcLoss: CtcLossOp = predictionFirst(
  (logProbs: Tensor, targets: Tensor, options?: CtcLossOptions): Tensor => {
    const { blank, zeroInfinity, reduction, ...given } = ctcOptions('ctcLoss', options);
    const [n, time, classes] = sizesOf(logProbs, targets, blank);
    const inputLengths = lengthsOf('inputLengths', given.inputLengths, n, time);
    const targetLengths = lengthsOf('targetLengths', given.targetLengths, n, targets.shape[1]!);
    checkLabels(targets, targetLengths, classes);
    const target = targetOf(targets, targetLengths, blank);
    const counts = inputLengths ? before(inputLengths, time) : ones([n, time]);
    const isChecked = targets.known && (!targetLengths || targetLengths.known);
    const fits = [
      inputLengths && inRange(inputLengths, 0, time),
      targetLengths && inRange(targetLengths, 0, targets.shape[1]!),
      isChecked ? undefined : allOf(inRange(target.labels, 0, classes - 1)),
    ];
    const made = lossesOf(logProbs, target, counts, blank, zeroInfinity);
    const losses = fits.reduce((x: Tensor, each) => nanUnless(each, x), made);
    if (reduction === 'none') return losses;
    return reduction === 'sum' ? losses.sum() : perLabel(losses, target).mean();
  },
);

/**
 * The loss of each sample, [n], of which the mean of `ctcLoss` is made. Logits and labels were checked before. Without
 * a mask all steps count.
 */
export function ctcLosses(
  logits: Tensor,
  targets: Tensor,
  mask: Tensor | undefined,
  { blank, zeroInfinity }: Values<typeof ctcRules>,
): Tensor {
  const target = targetOf(targets, undefined, blank);
  const counts = mask ?? ones(logits.shape.slice(0, 2));
  return perLabel(lossesOf(logits.logSoftmax(), target, counts, blank, zeroInfinity), target);
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
  checkBlank('ctcLoss', blank, shape[2]!);
  return shape as [number, number, number];
}

function checkBlank(where: string, blank: number, classes: number): void {
  check(blank < classes, () => `${where}: blank ${blank} is none of the ${classes} classes`);
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
 * ln p(target) for each sample. Places are blank, label, blank, label … blank; alpha is what all ways have to be at a
 * place after a step: each step stays, goes to the next place, or jumps over the blank between two labels that differ.
 */
function logLikelihood(logProbs: Tensor, { labels, lengths }: Target, counts: Tensor, blank: number): Tensor {
  const n = logProbs.shape[0]!;
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
  const xs = { row: moveAxis(said, 1, 0), counts: counts.transpose() };
  const { carry } = scan(step as never, start, xs as never);
  const ends = lengths.mul(2).expandDims(1);
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
 * What a model that was trained by `ctcLoss` reads, by the likeliest class of each step: repeated ones taken once,
 * blanks left out.
 *
 * @param scores [n, time, classes]: logits, probabilities or their logarithms
 * @returns the labels of each sample
 * @throws if a score of a step that counts is NaN
 */
export function ctcGreedyDecode(scores: Tensor, options?: CtcDecodeOptions): number[][] {
  const { inputLengths, blank } = decodeOptions('ctcGreedyDecode', options);
  const { shape } = checkedTensor('ctcGreedyDecode', scores);
  check(shape.length === 3, () => `ctcGreedyDecode: expected scores [n, time, classes], got ${scores}`);
  const [n, time, classes] = shape as [number, number, number];
  checkBlank('ctcGreedyDecode', blank, classes);
  const lengths = lengthsOf('inputLengths', inputLengths, n, time)?.values();
  const given = scores.values();
  const best = scores.argMax().values();
  return Array.from({ length: n }, (_, s) => {
    const count = lengths?.[s] ?? time;
    const wrong = given.subarray(s * time * classes, (s * time + count) * classes).findIndex(Number.isNaN);
    check(wrong < 0, () => {
      return `ctcGreedyDecode: scores[${s}][${Math.floor(wrong / classes)}][${wrong % classes}] is NaN`;
    });
    const steps = Array.from(best.subarray(s * time, s * time + count));
    return steps.filter((label, t) => label !== blank && label !== steps[t - 1]);
  });
}
