// Errors say what was got, what was expected, and where, in the user's words; they are thrown before anything is changed.

/** Every error that wasmgrad throws on purpose. */
export class WasmgradError extends Error {
  override name = 'WasmgradError';
}

/** The loss, or a weight, became NaN or infinite. Training has stopped; the weights are those of the last good epoch. */
export class NonFiniteLossError extends WasmgradError {
  override name = 'NonFiniteLossError';
  constructor(
    message: string,
    /** Epoch in which it happened, from 0. */
    readonly epoch: number,
    /** Step within that epoch, from 0. */
    readonly step: number,
  ) {
    super(message);
  }
}

/** Throws unless `condition` holds. The message is a function, so that it costs nothing on the good path. */
export function check(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new WasmgradError(message());
}

/** What a value looks like, for a message: a type with its length, or the value itself when it is short. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`;
  if (typeof value === 'bigint') return `the BigInt ${value}n`;
  if (value !== null && typeof value === 'object') return `an object of type ${value.constructor?.name ?? 'null'}`;
  return String(value);
}

/** What an error that was caught says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Looks `name` up in `known`; otherwise throws, naming the nearest known name. */
export function lookup<T>(what: string, name: string, known: Readonly<Record<string, T>>): T {
  if (Object.hasOwn(known, name)) return known[name] as T;
  const names = Object.keys(known);
  const near = nearest(String(name), names);
  const hint = near ? `; did you mean '${near}'?` : '';
  throw new WasmgradError(`unknown ${what} ${show(name)}${hint} (known: ${names.join(', ')})`);
}

/** Throws, naming the nearest known option, if `options` has a key that is not in `known`. */
export function checkOptions(where: string, options: unknown, known: readonly string[]): void {
  check(
    options !== null && typeof options === 'object',
    () => `${where}: expected an options object, got ${show(options)}`,
  );
  const all = Object.fromEntries(known.map((name) => [name, true]));
  for (const key of Object.keys(options as object)) lookup(`option of ${where}`, key, all);
}

/** Throws unless `value` is a finite number above 0. */
export function checkPositive(what: string, value: unknown): void {
  check(typeof value === 'number' && Number.isFinite(value) && value > 0, () => {
    return `${what} must be a positive finite number, got ${show(value)}`;
  });
}

/** Throws unless `value` is a number in [low, high). */
export function checkRange(what: string, value: unknown, low: number, high: number): void {
  check(typeof value === 'number' && value >= low && value < high, () => {
    return `${what} must be a number in [${low}, ${high}), got ${show(value)}`;
  });
}

/** Throws unless `value` is a whole number of at least `low`. */
export function checkWhole(what: string, value: unknown, low = 1): void {
  check(Number.isSafeInteger(value) && (value as number) >= low, () => {
    return `${what} must be a whole number of at least ${low}, got ${show(value)}`;
  });
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((other) => ({ other, distance: editDistance(name.toLowerCase(), other.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, best.other.length / 2) ? best.other : undefined;
}

/** Levenshtein distance, one row at a time; names only, so lengths are cut at 40. */
function editDistance(a: string, b: string): number {
  const [s, t] = [a.slice(0, 40), b.slice(0, 40)];
  let row = Array.from({ length: t.length + 1 }, (_, j) => j);
  for (let i = 1; i <= s.length; i++) {
    const next = [i];
    for (let j = 1; j <= t.length; j++) {
      const change = row[j - 1]! + (s[i - 1] === t[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[t.length]!;
}
