// Tensors made from nothing: of one value, or in steps. Not here: random ones (ops/random.ts).

import { check, checkIs, checkNumber, checkWhole } from './errors.js';
import { allocate, arraysOf } from './nested.js';
import { checkShape, owned, type Shape } from './shape.js';
import { constantOf, type DType, dtypeOf, scalar, type Tensor, type TensorData } from './tensor.js';

/**
 * A tensor with `value` in every element, float32 by default. Throws if `dtype` is 'int32' and the value does not fit.
 */
export const full = (shape: Shape, value: number, dtype?: DType): Tensor => repeated('full', shape, value, dtype);

/** A tensor of zeros, float32 by default. */
export const zeros = (shape: Shape, dtype?: DType): Tensor => repeated('zeros', shape, 0, dtype);

/** A tensor of ones, float32 by default. */
export const ones = (shape: Shape, dtype?: DType): Tensor => repeated('ones', shape, 1, dtype);

function repeated(where: string, shape: Shape, value: number, dtype: DType | undefined): Tensor {
  checkShape(where, shape);
  checkIs(typeof value === 'number', `${where}: the value`, 'a number', value);
  if (dtypeOf(where, dtype) === 'float32') return scalar(value).broadcastTo(shape);
  check((value | 0) === value, () => `${where}: ${value} does not fit into int32`);
  return constantOf(Int32Array.of(value), [], 'int32').broadcastTo(shape);
}

/**
 * A vector of numbers in equal steps: start, start + step … up to but without `stop`. `arange(n)` is 0 … n - 1.
 *
 * @param dtype 'int32' for indices; then all numbers must be whole
 */
export function arange(start: number, stop?: number, step = 1, dtype?: DType): Tensor {
  const kind = dtypeOf('arange', dtype);
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  checkNumber('arange: the start', from);
  checkNumber('arange: the end', to);
  checkNumber('arange: the step', step);
  check(step !== 0, () => 'arange: the step is 0');
  const whole = [from, to, step].every((x) => (x | 0) === x);
  check(kind === 'float32' || whole, () => `arange: ${from}, ${to} and ${step} are not all whole, as int32 needs`);
  const n = Math.max(0, Math.ceil((to - from) / step));
  return filled('arange', [n], kind, (i) => from + i * step);
}

/** A vector of `count` numbers at equal distances from `start` to `stop`, both included. */
export function linspace(start: number, stop: number, count: number): Tensor {
  checkNumber('linspace: the start', start);
  checkNumber('linspace: the end', stop);
  checkWhole('linspace: count', count, 0);
  const at = (i: number): number => (i === count - 1 ? stop : start + (i * (stop - start)) / (count - 1));
  return filled('linspace', [count], 'float32', (i) => (i === 0 ? start : at(i)));
}

/** The identity matrix: ones on the diagonal of [rows, columns], zeros elsewhere; square by default. */
export function eye(rows: number, columns = rows): Tensor {
  return filled('eye', [rows, columns], 'float32', (i) => (Math.floor(i / columns) === i % columns ? 1 : 0));
}

function filled(where: string, shape: Shape, dtype: DType, at: (i: number) => number): Tensor {
  const data = allocate<TensorData>(where, shape, arraysOf(dtype));
  for (let i = 0; i < data.length; i++) data[i] = at(i);
  return constantOf(data, owned(shape), dtype);
}
