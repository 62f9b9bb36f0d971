// Arrays of numbers in files: NPY and NPZ of NumPy, IDX. Not here: the formats themselves (formats/).

import { check, checkIs, isRecord, show } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { gunzip, isGzip } from '../files/gzip.js';
import { type FileSource, readFile } from '../files/source.js';
import { checkTarget, type FileTarget, writeFile } from '../files/target.js';
import { MAX_BYTES, openZip, zip } from '../files/zip.js';
import { type NestedValues, type Shaped, type TypedArray, unnestInto } from '../nested.js';
import { options, type Rule, type Rules, rule, whole } from '../options.js';
import { checkShape, type Shape, shapeText, sizeOf } from '../shape.js';
import { Tensor } from '../tensor.js';
import { typedName } from '../typed.js';
import { parseIdx } from './formats/idx.js';
import { formatNpy, isWritable, parseNpy } from './formats/npy.js';
import { isShaped } from './rows.js';

/** What can be written: a tensor, a typed array, one with a shape, nested arrays of numbers. */
export type ArrayLikeData = Tensor | Shaped | TypedArray | NestedValues;

/** Options of what may be compressed. */
export interface MaxBytesOptions {
  /** The most bytes that may come out of compressed ones; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/** Options of `readNpz`. */
export interface NpzOptions extends MaxBytesOptions {
  /** Only these arrays; by default all. */
  readonly names?: readonly string[] | undefined;
}

const maxBytes = whole(MAX_BYTES, 0);
const maxBytesOptions = options({ maxBytes } satisfies Rules<MaxBytesOptions>);

const isTexts = (given: unknown): boolean => Array.isArray(given) && given.every((one) => typeof one === 'string');
const names: Rule<readonly string[] | undefined> = rule<readonly string[], undefined>(undefined, (what, given) =>
  checkIs(isTexts(given), what, 'an array of names', given),
);
const npzOptions = options({ maxBytes, names } satisfies Rules<NpzOptions>);

/**
 * Reads an NPY file, as `numpy.save` writes it: { data, shape }, in C order. float16 becomes a Float32Array; whole
 * numbers of 64 bits an Int32Array, or a Float64Array where that is too short.
 *
 * @throws FileError if it is damaged, or holds anything but numbers or truths; of whole numbers from 2⁵³ on, too
 */
export async function readNpy(from: FileSource): Promise<Shaped> {
  const { what, bytes } = await readFile('readNpy', from);
  return parseNpy(what, bytes);
}

/** Writes an NPY file that `numpy.load` reads. Nested arrays and truths are written as float64, tensors as they are. */
export async function writeNpy(to: FileTarget, array: ArrayLikeData): Promise<void> {
  checkTarget('writeNpy', to);
  await writeFile('writeNpy', to, formatNpy(shapedOf('writeNpy: the array', array)));
}

/**
 * Reads an NPZ file, as `numpy.savez` and `savez_compressed` write it: its arrays by name, each as `readNpy` gives it.
 *
 * @throws FileError if it is damaged, has none of a name, or would be larger than `maxBytes`
 */
export async function readNpz(from: FileSource, options?: NpzOptions): Promise<Record<string, Shaped>> {
  const { maxBytes, names } = npzOptions('readNpz', options);
  const { what, bytes } = await readFile('readNpz', from);
  const files = await openZip(what, bytes, { maxBytes });
  const arrays: Record<string, Shaped> = Object.create(null);
  for (const name of names ?? files.names.map((file) => arrayName(what, file))) {
    checkFile(name !== '__proto__', () => `${what}: an array can't be called '__proto__'`);
    arrays[name] = parseNpy(`${what}: '${name}'`, files.read(`${name}.npy`));
  }
  return arrays;
}

function arrayName(what: string, file: string): string {
  checkFile(file.endsWith('.npy'), () => `${what}: '${file}' is no array (.npy): say by \`names\` which ones to read`);
  return file.slice(0, -4);
}

/** Writes arrays by name into an NPZ file, uncompressed, that `numpy.load` reads. */
export async function writeNpz(to: FileTarget, arrays: Readonly<Record<string, ArrayLikeData>>): Promise<void> {
  checkTarget('writeNpz', to);
  checkIs(isRecord(arrays), 'writeNpz: the arrays', 'an object with arrays by name', arrays);
  const files = Object.entries(arrays).map(([name, array]) => {
    check(name !== '', () => 'writeNpz: an array needs a name');
    return [`${name}.npy`, formatNpy(shapedOf(`writeNpz: ${name}`, array))] as const;
  });
  await writeFile('writeNpz', to, zip(files, { align: 64 }));
}

/**
 * Reads an IDX file, as those of MNIST are, compressed by gzip or not: { data, shape }.
 *
 * @throws FileError if it is damaged, or would be larger than `maxBytes`
 */
export async function readIdx(from: FileSource, options?: MaxBytesOptions): Promise<Shaped> {
  const { maxBytes } = maxBytesOptions('readIdx', options);
  const { what, bytes } = await readFile('readIdx', from);
  return parseIdx(what, isGzip(bytes) ? await gunzip(what, bytes, maxBytes) : bytes);
}

/** Data as a typed array with a shape, checked. */
function shapedOf(what: string, array: unknown): Shaped {
  if (array instanceof Tensor) return { data: array.values(), shape: array.shape };
  if (typedName(array) !== undefined) return writable(what, array as TypedArray, [(array as TypedArray).length]);
  if (isShaped(array)) return writable(what, array.data, array.shape);
  checkIs(Array.isArray(array), what, 'an array, a typed array, { data, shape } or a tensor', array);
  return unnestInto(what, array, () => Float64Array);
}

function writable(what: string, data: TypedArray, shape: Shape): Shaped {
  checkIs(isWritable(data), what, 'a typed array of numbers, of at most 32 bits where they are whole', data);
  checkShape(what, shape);
  check(sizeOf(shape) === data.length, () => `${what}: ${show(data)} does not fit the shape ${shapeText(shape)}`);
  return { data, shape };
}
