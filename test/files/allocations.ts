// Counts the bytes that arrays are made of. To be imported before all that keeps a constructor for itself.

let bytes = 0;

/** Bytes of all arrays that were made since the last call. */
export function allocated(): number {
  const count = bytes;
  bytes = 0;
  return count;
}

const sizeOf = (first: unknown, bytesEach: number): number => (typeof first === 'number' ? first * bytesEach : 0);

const NAMES = ['Int8', 'Uint8', 'Uint8Clamped', 'Int16', 'Uint16', 'Int32', 'Uint32', 'Float32', 'Float64'];
const types = globalThis as unknown as Record<string, { BYTES_PER_ELEMENT?: number; new (...args: never[]): object }>;

for (const name of [...NAMES, 'BigInt64', 'BigUint64'].map((type) => `${type}Array`).concat('ArrayBuffer')) {
  const Type = types[name]!;
  const counting: typeof Type = new Proxy(Type, {
    construct(target, args, made) {
      bytes += sizeOf(args[0], target.BYTES_PER_ELEMENT ?? 1);
      return Reflect.construct(target, args, made === counting ? target : made);
    },
  });
  types[name] = counting;
}
