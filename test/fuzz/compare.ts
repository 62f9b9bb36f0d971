// When two results count as equal: if their bits are, or if they are as near to float64 as the condition of the program
// lets float32 be.

import { reachableInOrder } from '../../bindings/graph.js';
import {
  type ConvolutionAttrs,
  convolution,
  convolutionInput,
  convolutionKernel,
} from '../../bindings/ops/convolution.js';
import { constant, input } from '../../bindings/ops/movement.js';
import { crossEntropyGrad } from '../../bindings/ops/softmax.js';
import type { Runner } from '../../bindings/run/runner.js';
import { constantOf, type Tensor, type TensorData } from '../../bindings/tensor.js';
import { Numbers } from '../numbers.js';
import { type Feeds, js64, runProgram } from './runners.js';

/** Something that is not as it must be. */
export class Difference extends Error {}

/** Throws at the first element that differs; NaN is NaN, and -0 is not 0. */
export function sameBits(what: string, actual: readonly TensorData[], expected: readonly TensorData[]): void {
  expected.forEach((values, k) => {
    const other = actual[k]!;
    if (other.length !== values.length) throw new Difference(`${what}: output ${k} has ${other.length} elements`);
    for (let i = 0; i < values.length; i++) {
      if (Object.is(other[i], values[i])) continue;
      throw new Difference(`${what}: output ${k}[${i}] is ${other[i]}, expected ${values[i]}`);
    }
  });
}

const RTOL = 2e-6;
const ATOL = 1e-7;
/**
 * The condition is measured with noise of these relative sizes, and so many times with each. Without noise too: a
 * deviation of equal numbers is 0 in float32, say, 1e-16 in float64, and not small with any noise.
 */
const NOISE = [0, 2 ** -22, 2 ** -20, 2 ** -18];
const REPEATS = 6;
/** How many times as large as the effect of noise an error may be. */
const MARGIN = 8;
/** Numbers that float32 cannot hold, or holds with few bits only. */
const HUGE = 1e37;
const TINY = 1e-36;

const distance = (a: number, b: number): number => {
  if (a === b || Object.is(a, b)) return 0;
  const d = Math.abs(a - b);
  return Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
};

interface Far {
  /** Number of the output, and of its element. */
  readonly k: number;
  readonly i: number;
}

/** The first element that is farther from the reference than rounding, and what is `allowed` besides, explain. */
function firstFar(
  actual: readonly TensorData[],
  reference: readonly TensorData[],
  allowed?: readonly Float64Array[],
): Far | undefined {
  for (const [k, values] of reference.entries()) {
    for (let i = 0; i < values.length; i++) {
      const [a, e] = [actual[k]![i]!, values[i]!];
      if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
      const rounding = Number.isFinite(e) ? ATOL + RTOL * Math.abs(e) : 0;
      if (!(distance(a, e) <= rounding + (allowed ? MARGIN * allowed[k]![i]! : 0))) return { k, i };
    }
  }
  return undefined;
}

/**
 * Throws unless `actual`, in float32, is what float64 says within what a few units in the last place anywhere may do.
 *
 * @param witness another runner in float32: where float32 rounds to 1, say, and a comparison follows, float64 does not
 */
export function nearReference(
  what: string,
  actual: readonly TensorData[],
  outputs: readonly Tensor[],
  feeds: Feeds,
  witness: Runner,
): void {
  const reference = runProgram(js64, outputs, feeds, 1);
  if (!firstFar(actual, reference) || isExtreme(outputs, feeds)) return;
  const widths = reference.map(({ length }) => new Float64Array(length));
  for (const runner of [js64, witness]) spread(widths, runner, outputs, feeds, reference);
  const far = firstFar(actual, reference, widths);
  if (!far) return;
  const [a, e] = [actual[far.k]![far.i], reference[far.k]![far.i]];
  throw new Difference(`${what}: output ${far.k}[${far.i}] is ${a}, in float64 it is ${e}`);
}

/** Whether an intermediate result is out of the range of float32, or among its denormals. */
function isExtreme(outputs: readonly Tensor[], feeds: Feeds): boolean {
  const all = reachableInOrder(outputs).filter(({ dtype, op }) => dtype === 'float32' && op !== constant);
  return runProgram(js64, all, feeds, 1).some((values) => {
    return (values as Float64Array).some((x) => {
      const size = Math.abs(x);
      return (size > HUGE && size < Number.POSITIVE_INFINITY) || (size < TINY && size > 0);
    });
  });
}

/** Widens to how far noise after every op moves each element; infinite where it changes what kind of number it is. */
function spread(
  widths: readonly Float64Array[],
  runner: Runner,
  outputs: readonly Tensor[],
  feeds: Feeds,
  reference: readonly TensorData[],
): void {
  const random = new Numbers(1);
  for (const size of NOISE.flatMap((noise) => new Array<number>(REPEATS).fill(noise))) {
    runProgram(runner, noisy(outputs, random, size), feeds, 1).forEach((values, k) => {
      const width = widths[k]!;
      for (let i = 0; i < width.length; i++) {
        width[i] = Math.max(width[i]!, distance(values[i]!, reference[k]![i]!));
      }
    });
  }
}

/** The same graph with a relative error of up to `size` in all that an op computes, and in the leaves. */
function noisy(outputs: readonly Tensor[], random: Numbers, size: number): Tensor[] {
  const now = new Map<Tensor, Tensor>();
  for (const node of reachableInOrder(outputs)) {
    const inputs = node.inputs.map((t) => now.get(t)!);
    const fresh = node.op === input ? node : node.rewrite(node.op, inputs, node.attrs);
    const rounds = node.dtype === 'float32' && (node.op.emit || node.op === input);
    const rounded = rounds ? fresh.mul(factors(node, random, size)) : fresh;
    if (node.op === crossEntropyGrad) now.set(node, rounded.add(beside1(node, inputs[0]!, random, size)));
    else if (isBySquares(node)) now.set(node, rounded.add(besideLargest(node, inputs, random, size)));
    else now.set(node, rounded);
  }
  return outputs.map((t) => now.get(t)!);
}

/** g · (p - 1), where p is rounded beside 1: an error as large as that of g, however small the result. */
function beside1(node: Tensor, g: Tensor, random: Numbers, size: number): Tensor {
  const rows = g.broadcastTo(node.shape.slice(0, -1)).expandDims(-1);
  return rows.mul(factors(node, random, size).sub(1));
}

/** Whether it is a convolution that the kernels of wasm do by squares, whatever else it needs for that. */
function isBySquares({ op, attrs }: Tensor): boolean {
  if (![convolution, convolutionInput, convolutionKernel].includes(op)) return false;
  const { kernel, strides, dilation } = attrs as ConvolutionAttrs;
  return `${[kernel, strides, dilation]}` === '3,3,1,1,1,1';
}

/**
 * Squares mix pixels with taps that they do not meet: an error is as large as that of the largest pixel times the
 * largest tap.
 */
function besideLargest(node: Tensor, [a, b]: readonly Tensor[], random: Numbers, size: number): Tensor {
  const largest = a!.abs().max().mul(b!.abs().max());
  return largest.mul(factors(node, random, size).sub(1));
}

function factors({ shape, size: n }: Tensor, random: Numbers, size: number): Tensor {
  return constantOf(
    Float64Array.from({ length: n }, () => 1 + size * (2 * random.uniform() - 1)),
    shape,
  );
}
