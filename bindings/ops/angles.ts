// Angles: asin, acos, atan2, and hypot, the distance that belongs to atan2. All are composed of atan and roots, in
// forms that keep their digits near ±1 and do not overflow. Not here: sin, cos, tan and atan (elementwise.ts).

import { broadcastShapes } from '../shape.js';
import { type Tensor, type TensorLike, tensorOf, withSlopes } from '../tensor.js';
import { atan } from './curves.js';
import { where } from './where.js';

/** √(1 - x²), with all its digits near ±1. */
const cosineOf = (x: Tensor): Tensor => x.neg().add(1).mul(x.add(1)).sqrt();

/** The angle in -π/2 … π/2 whose sine is x; NaN beyond ±1. */
export function asin(x: TensorLike): Tensor {
  const z = tensorOf('asin', x);
  return withSlopes(atan(z.div(cosineOf(z))), [z], () => [cosineOf(z).reciprocal()]);
}

/** The angle in 0 … π whose cosine is x; NaN beyond ±1. */
export function acos(x: TensorLike): Tensor {
  const z = tensorOf('acos', x);
  const tangentOfHalf = z.neg().add(1).div(z.add(1)).sqrt();
  return withSlopes(atan(tangentOfHalf).mul(2), [z], () => [cosineOf(z).reciprocal().neg()]);
}

/** Two operands in the shape that both broadcast to. */
export function aligned(where: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const [x, y] = [tensorOf(where, a), tensorOf(where, b)];
  const shape = broadcastShapes(where, x.shape, y.shape);
  return [x.broadcastTo(shape), y.broadcastTo(shape)];
}

/** 1 where x is below 0 or -0, else 0. */
const isNegative = (x: Tensor): Tensor => where(x.equal(0), x.reciprocal(), x).less(0);

/**
 * The angle of the point (x, y), from -π to π: atan(y / x), in the quadrant that the signs of y and x say. It
 * broadcasts. At (0, 0) the signs of the zeros decide, as in IEEE 754, and the gradient is 0.
 */
export function atan2(y: TensorLike, x: TensorLike): Tensor {
  const [b, a] = aligned('atan2', y, x);
  const [rise, run] = [b.abs(), a.abs()];
  // Equal ones have a ratio of 1, be they infinite; but 0 has one of 0.
  const angle = atan(where(rise.equal(run), rise.notEqual(0), rise.div(run)));
  const upper = where(isNegative(a), angle.neg().add(Math.PI), angle);
  const value = where(isNegative(b), upper.neg(), upper);
  return withSlopes(value, [b, a], () => {
    const distance = hypot(a, b);
    const over = (t: Tensor): Tensor => ratioTo(distance, ratioTo(distance, t));
    return [over(a), over(b).neg()];
  });
}

/**
 * √(a² + b²), without overflow or underflow on the way; it broadcasts. It is infinite if one of the two is, whatever
 * the other. The gradient at (0, 0) is 0.
 */
export function hypot(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = aligned('hypot', a, b);
  const [p, q] = [x.abs(), y.abs()];
  const [most, least] = [p.maximum(q), p.minimum(q)];
  const length = ratioTo(most, least).square().add(1).sqrt().mul(most);
  const infinite = p.equal(Number.POSITIVE_INFINITY).maximum(q.equal(Number.POSITIVE_INFINITY));
  const value = where(infinite, Number.POSITIVE_INFINITY, length);
  return withSlopes(value, [x, y], () => {
    const distance = hypot(x, y);
    return [ratioTo(distance, x), ratioTo(distance, y)];
  });
}

/** x / size, for |x| ≤ size: 0 where both are 0. */
const ratioTo = (size: Tensor, x: Tensor): Tensor => x.div(where(size.equal(0), 1, size));
