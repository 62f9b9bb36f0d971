// Numbers as 16 bits (half.ts), rounded to the nearest, ties to even. Apart, since those who write files need not read
// them.

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

/** The bits of a float32 as bfloat16. */
export function toBfloat16(x: number): number {
  float[0] = x;
  const all = bits[0]!;
  if ((all & 0x7fffffff) > 0x7f800000) return (all >>> 16) | 0x40; // NaN: quiet, so that what is cut off doesn't make it infinite
  return (all + 0x7fff + ((all >>> 16) & 1)) >>> 16;
}
