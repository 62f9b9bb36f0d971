// NPY and IDX files by hand.

interface Npy {
  readonly magic?: string;
  readonly version?: number;
  /** What the file says of the length of its header. */
  readonly length?: number;
}

/** An NPY file with this header. */
export function npyOf(
  header: string,
  data: Uint8Array,
  { magic = '\x93NUMPY', version = 1, length }: Npy = {},
): Uint8Array {
  const says = length ?? header.length;
  const bytesOf = version === 1 ? [0, 8] : [0, 8, 16, 24];
  return Uint8Array.from([
    ...Array.from(magic, (letter) => letter.charCodeAt(0)),
    version,
    0,
    ...bytesOf.map((bit) => (says >>> bit) & 255),
    ...new TextEncoder().encode(header),
    ...data,
  ]);
}

/** An IDX file. */
export function idxOf(type: number, shape: readonly number[], data: Uint8Array, rank = shape.length): Uint8Array {
  const axes = shape.flatMap((axis) => [24, 16, 8, 0].map((bit) => (axis >>> bit) & 255));
  return Uint8Array.from([0, 0, type, rank, ...axes, ...data]);
}
