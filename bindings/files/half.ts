// Numbers of 16 bits: float16 of IEEE 754, and bfloat16, the upper half of a float32. Rounded to the nearest, ties to even.

const float = /*@__PURE__*/ new Float32Array(1);
const bits = /*@__PURE__*/ new Uint32Array(float.buffer);

/** The bits of a float32 as float16: infinite from 65,520 on. */
export function toFloat16(x: number): number {
  float[0] = x;
  const all = bits[0]!;
  const sign = (all >>> 16) & 0x8000;
  const size = all & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00 | ((size >>> 13) & 0x1ff); // NaN: quiet, with what fits of its payload
  if (size >= 0x47800000) return sign | 0x7c00;
  if (size < 0x38800000) {
    // Below 2⁻¹⁴: a multiple of 2⁻²⁴, to which adding ½ rounds.
    float[0] = Math.abs(float[0]!) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
}

/** The number of these bits of a float16. */
export function fromFloat16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return (sign ? -fraction : fraction) * 2 ** -24;
  bits[0] = sign | (exponent === 31 ? 0x7f800000 : (exponent + 112) << 23) | (fraction << 13);
  return float[0]!;
}

/** The bits of a float32 as bfloat16. */
export function toBfloat16(x: number): number {
  float[0] = x;
  const all = bits[0]!;
  if ((all & 0x7fffffff) > 0x7f800000) return (all >>> 16) | 0x40; // NaN: quiet, so that what is cut off doesn't make it infinite
  return (all + 0x7fff + ((all >>> 16) & 1)) >>> 16;
}

/** The number of these bits of a bfloat16. */
export function fromBfloat16(half: number): number {
  bits[0] = half << 16;
  return float[0]!;
}
