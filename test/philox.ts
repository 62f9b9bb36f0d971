// Philox 4x32-10 as the paper writes it, with BigInt: what the kernels are compared with.

function philox(counter: readonly bigint[], key: readonly bigint[]): bigint[] {
  const low = (x: bigint): bigint => x & 0xffffffffn;
  let [c0, c1, c2, c3] = counter as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const [p0, p1] = [0xd2511f53n * c0, 0xcd9e8d57n * c2];
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, low(p1), (p0 >> 32n) ^ c3 ^ k1, low(p0)];
    [k0, k1] = [low(k0 + 0x9e3779b9n), low(k1 + 0xbb67ae85n)];
  }
  return [c0, c1, c2, c3];
}

/** n words of a key, from block `first` of a domain on. */
export function wordsOf(key: ArrayLike<number>, domain: number, first: number, n: number): Int32Array {
  const [k0, k1, s0, s1] = Array.from(key, (word) => BigInt(word >>> 0)) as [bigint, bigint, bigint, bigint];
  const words = new Int32Array(Math.ceil(n / 4) * 4);
  for (let at = 0; at < n; at += 4) {
    const block = BigInt((first + at / 4) >>> 0);
    words.set(
      philox([block, BigInt(domain), s0, s1], [k0, k1]).map((word) => Number(word) | 0),
      at,
    );
  }
  return words.subarray(0, n);
}
