// Numbers of 16 bits: float16 of IEEE 754, and bfloat16, the upper half of a float32. Not here: how they are made
// (tohalf.ts).

const float = /*@__PURE__*/ new Float32Array(1);
const bits = /*@__PURE__*/ new Uint32Array(float.buffer);

/** The number of these bits of a float16. */
export function fromFloat16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return (sign ? -fraction : fraction) * 2 ** -24;
  bits[0] = sign | (exponent === 31 ? 0x7f800000 : (exponent + 112) << 23) | (fraction << 13);
  return float[0]!;
}

/** The number of these bits of a bfloat16. */
export function fromBfloat16(half: number): number {
  bits[0] = half << 16;
  return float[0]!;
}
