// Damages files, repeatably: as bad disks, cut downloads and those who mean harm do.

/** Random whole numbers, the same ones for the same seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0, below `count`. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * count);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A stretch of the bytes, mostly short. */
  range(bytes: Uint8Array): [start: number, end: number] {
    const start = this.below(bytes.length);
    const length = this.below(this.of([2, 8, 64, bytes.length]) + 1);
    return [start, Math.min(bytes.length, start + length)];
  }
}

/** Numbers at which sizes, counts and offsets go wrong. */
const NUMBERS = [0, 1, 2, 3, 4, 7, 8, 16, 100, 127, 128, 255, 256, 32767, 65535, 65536, 1e6, 2 ** 30, 2 ** 31 - 1];
const LARGE = [...NUMBERS, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 53].map(BigInt);
const HUGE = [...LARGE, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];

/** The same in text, and what is written where a number is expected. */
const WORDS = [...HUGE.map(String), '-1', '1.5', '1e999', 'NaN', 'null', 'true', '""', '[]', '{}', '__proto__'];

type Change = (bytes: Uint8Array, dice: Dice, others: readonly Uint8Array[]) => Uint8Array;

const changed = (bytes: Uint8Array, change: (copy: Uint8Array<ArrayBuffer>) => void): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  change(copy);
  return copy;
};

const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

const CHANGES: readonly Change[] = [
  // A bit.
  (bytes, dice) => changed(bytes, (copy) => (copy[dice.below(copy.length)]! ^= 1 << dice.below(8))),
  // A byte.
  (bytes, dice) => changed(bytes, (copy) => (copy[dice.below(copy.length)] = dice.of([0, 1, 127, 128, 255]))),
  (bytes, dice) => changed(bytes, (copy) => (copy[dice.below(copy.length)] = dice.below(256))),
  // A number in two, four or eight bytes.
  (bytes, dice) => {
    return changed(bytes, (copy) => {
      const size = dice.of([2, 4, 8]);
      if (copy.length < size) return;
      const view = new DataView(copy.buffer);
      const at = dice.below(copy.length - size + 1);
      const littleEndian = dice.below(2) === 0;
      const value = BigInt.asUintN(64, dice.of(HUGE) + BigInt(dice.below(3) - 1));
      if (size === 2) view.setUint16(at, Number(value & 0xffffn), littleEndian);
      if (size === 4) view.setUint32(at, Number(value & 0xffffffffn), littleEndian);
      if (size === 8) view.setBigUint64(at, value, littleEndian);
    });
  },
  // A number in text.
  (bytes, dice) => {
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: digits } = dice.of(numbers);
    const word = [...dice.of(WORDS)].map((letter) => letter.charCodeAt(0));
    return joined(bytes.subarray(0, index), word, bytes.subarray(index + digits.length));
  },
  // Cut short, or longer.
  (bytes, dice) => bytes.slice(0, dice.below(bytes.length)),
  (bytes, dice) =>
    joined(
      bytes,
      Uint8Array.from({ length: dice.below(40) }, () => dice.below(256)),
    ),
  // Something left out, twice, or from elsewhere.
  (bytes, dice) => {
    const [start, end] = dice.range(bytes);
    return joined(bytes.subarray(0, start), bytes.subarray(end));
  },
  (bytes, dice) => {
    const [start, end] = dice.range(bytes);
    return joined(bytes.subarray(0, end), bytes.subarray(start));
  },
  (bytes, dice, others) => {
    const other = dice.of(others);
    const [start, end] = dice.range(other);
    const [from, to] = dice.range(bytes);
    return joined(bytes.subarray(0, from), other.subarray(start, end), bytes.subarray(to));
  },
  // A stretch of one byte.
  (bytes, dice) => changed(bytes, (copy) => copy.fill(dice.of([0, 32, 255, dice.below(256)]), ...dice.range(copy))),
];

/**
 * One of `examples`, changed in one to four places. The same for the same dice.
 *
 * @param examples none of them empty
 */
export function mutate(examples: readonly Uint8Array[], dice: Dice): Uint8Array {
  let bytes: Uint8Array = dice.of(examples);
  for (let changes = dice.of([1, 1, 2, 4]); changes > 0 && bytes.length > 0; changes--) {
    bytes = dice.of(CHANGES)(bytes, dice, examples);
  }
  return bytes;
}
