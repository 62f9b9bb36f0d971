// Errors say what was got, what was expected, and where, in the user's words; they are thrown before anything is
// changed.

/**
 * What wasmgrad throws when it refuses something; any other error is a bug, of wasmgrad or of a function given to it.
 */
export class WasmgradError extends Error {
  override name = 'WasmgradError';
}

/**
 * The loss, or a weight, became NaN or infinite, and training has stopped. After `fit` the weights are those with which
 * the last good epoch ended.
 */
export class NonFiniteLossError extends WasmgradError {
  override name = 'NonFiniteLossError';
  constructor(
    message: string,
    /** Epoch in which it happened, from 0; 0 where there are no epochs. */
    readonly epoch: number,
    /** Step within that epoch, from 0; of `minimize`, `newton` and `lbfgs` the number of the point. */
    readonly step: number,
    /** Of `fit`: loss and metrics of the epochs that ended well. */
    readonly history?: { readonly epoch: number[]; readonly history: Readonly<Record<string, number[]>> } | undefined,
    /** Of `minimize`, `newton` and `lbfgs`: the points from the start to the one where it happened. */
    readonly trace?: readonly { readonly step: number; readonly point: unknown; readonly value: number }[] | undefined,
  ) {
    super(message);
  }
}

/** Throws unless `condition` holds. The message is a function, so that it costs nothing on the good path. */
export function check(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new WasmgradError(message());
}

/** Throws `what must be expected, got value` unless `holds`. */
export function checkIs(holds: boolean, what: string, expected: string, value: unknown): asserts holds {
  check(holds, () => `${what} must be ${expected}, got ${show(value)}`);
}

/** Whether a value has properties: no function. */
export const isObject = (value: unknown): value is object => value !== null && typeof value === 'object';

/** Whether a value can be read by names: no null, array, Map or function. */
export const isRecord = (value: unknown): boolean => Object.prototype.toString.call(value) === '[object Object]';

/**
 * Under this symbol a tensor holds the WasmgradError of its copy of the library: two copies know each other's tensors.
 */
export const TENSOR = /*@__PURE__*/ Symbol.for('wasmgrad.tensor');

/** Throws unless `value` is a function. */
export function checkFunction(what: string, value: unknown): void {
  checkIs(typeof value === 'function', what, 'a function', value);
}

const cut = (value: unknown): string => String(value).slice(0, 40);

/**
 * A value as an error message shows it: a tensor's type and shape, a type with its length, or the value itself when it
 * is short.
 */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${cut(value)}'`;
  if (typeof value === 'function') {
    return 'kind' in value ? `the layer ${cut(value.kind)}` : `the function ${cut(value.name) || '(anonymous)'}`;
  }
  if (typeof value === 'bigint') return `${cut(value)}n`;
  if (value === null || typeof value !== 'object') return cut(value);
  const made = (value as { [TENSOR]?: unknown })[TENSOR];
  if (made === WasmgradError) return `${value}`;
  if (made) return 'a tensor of another copy of wasmgrad';
  const type = cut(value.constructor?.name ?? 'null');
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  const typed = ArrayBuffer.isView(value) && 'length' in value;
  return typed ? `a ${type} of length ${value.length}` : `an object of type ${type}`;
}

/** The message of whatever was caught: it need not be an Error. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The entry of `known` that is called `name`. If there is none it throws, and the error names the nearest name and all
 * that are known; `others` is added to these.
 */
export function lookup<T>(what: string, name: string, known: Readonly<Record<string, T>>, others = ''): T {
  const names = Object.keys(known);
  if (names.includes(name)) return known[name] as T;
  const given = typeof name === 'string' ? name.slice(0, 40).toLowerCase() : '';
  const edits = (other: string): number => distance(given, other.toLowerCase());
  const near = names
    .filter((other) => edits(other) <= Math.max(2, other.length / 2))
    .sort((a, b) => edits(a) - edits(b));
  const hint = near[0] ? `; did you mean '${near[0]}'?` : '';
  throw new WasmgradError(`unknown ${what} ${show(name)}${hint} (known: ${names.join(', ')}${others})`);
}

/** Whether `value` is a number in low … high. */
const isWithin = (value: unknown, low: number, high: number): value is number =>
  typeof value === 'number' && value >= low && value <= high;

const boundsText = (low: number, high: number): string => {
  if (high < Infinity) return ` from ${low} to ${high}`;
  return low > -Infinity ? ` of at least ${low}` : '';
};

/** Throws unless `value` is a finite number in low … high. */
export function checkNumber(what: string, value: unknown, low = -Infinity, high = Infinity): asserts value is number {
  const holds = Number.isFinite(value) && isWithin(value, low, high);
  checkIs(holds, what, `a finite number${boundsText(low, high)}`, value);
}

/** Throws unless `value` is a finite number above 0. */
export function checkPositive(what: string, value: unknown): void {
  checkIs(Number.isFinite(value) && (value as number) > 0, what, 'a positive finite number', value);
}

/** Throws unless `value` is a number in [low, high). */
export function checkRange(what: string, value: unknown, low: number, high: number): void {
  const inside = typeof value === 'number' && value >= low && value < high;
  checkIs(inside, what, `a number in [${low}, ${high})`, value);
}

/** Throws unless `value` is a whole number in low … high. */
export function checkWhole(what: string, value: unknown, low = 1, high = Infinity): asserts value is number {
  const holds = Number.isSafeInteger(value) && isWithin(value, low, high);
  checkIs(holds, what, `a whole number${boundsText(low, high)}`, value);
}

/** Levenshtein distance, one row of the table at a time. */
function distance(a: string, b: string): number {
  let row = [...b, ''].map((_, j) => j);
  for (const letter of a) {
    const next = [row[0]! + 1];
    [...b].forEach((other, j) => {
      next.push(Math.min(row[j]! + (letter === other ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    });
    row = next;
  }
  return row.at(-1)!;
}
