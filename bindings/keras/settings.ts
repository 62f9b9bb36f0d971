// What a file says of one layer, its `config`, option by option. What is said and was not read is refused, so that no
// option is passed over in silence.

import { isRecord, show } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import type { Json } from '../io/values.js';

/** An object of a file. Names in it are read as own ones only. */
export type JsonObject = { readonly [name: string]: unknown };

/** The object that a value must be. */
export function objectOf(what: string, value: unknown): JsonObject {
  checkFile(isRecord(value), () => `${what} must be an object, got ${show(value)}`);
  return value as JsonObject;
}

/** The array that a value must be. */
export function listOf(what: string, value: unknown): readonly unknown[] {
  checkFile(Array.isArray(value), () => `${what} must be an array, got ${show(value)}`);
  return value;
}

/** What says nothing of what is computed once there are weights: names, types, and how weights began. */
const SILENT =
  /^(name|trainable|dtype|.*_initializer|seed|synchronized|autocast|sparse|ragged|optional|implementation|batch_input_shape|batch_shape|input_shape|shape|input_dtype|dynamic|fused|renorm_.*)$/;

/** As good as not said. */
const isNothing = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === false ||
  (isRecord(value) && Object.keys(value as object).length === 0);

const LARGEST = 2 ** 31 - 1;

/** A regularizer of ours, as structures name it: a call. */
type Call = { readonly $call: string; readonly args: readonly Json[] };

/** The options of a layer. */
export class Settings {
  readonly #read = new Set<string>();

  /**
   * @param where the layer, as errors name it
   * @param old   of Keras 1 or 2, or TensorFlow.js, where some names mean something else than in Keras 3
   */
  constructor(
    readonly where: string,
    readonly values: JsonObject,
    readonly old: boolean,
  ) {}

  /** What is said of an option; undefined if nothing is. */
  get(...names: readonly string[]): unknown {
    for (const name of names) this.#read.add(name);
    const said = names.find((name) => Object.hasOwn(this.values, name) && !isMissing(this.values[name]));
    return said === undefined ? undefined : this.values[said];
  }

  /** Throws for an option whose value nothing here can do. */
  refuse(name: string, why = 'is not supported'): never {
    const value = Object.hasOwn(this.values, name) ? this.values[name] : undefined;
    const text = (JSON.stringify(value) ?? 'undefined').slice(0, 80);
    checkFile(false, () => `${this.where}: its option ${name}: ${text} ${why}`);
    throw undefined;
  }

  /** Refuses all that was said and not read. */
  finish(): void {
    for (const [name, value] of Object.entries(this.values)) {
      if (!this.#read.has(name) && !SILENT.test(name) && !isNothing(value)) this.refuse(name);
    }
  }

  number(name: string, otherwise?: number): number {
    const value = this.get(name) ?? otherwise;
    if (typeof value !== 'number' || !Number.isFinite(value)) this.refuse(name, 'must be a number');
    return value;
  }

  whole(name: string, otherwise?: number, low = 1): number {
    const value = this.get(name) ?? otherwise;
    if (!isWhole(value, low)) this.refuse(name, `must be a whole number of at least ${low}`);
    return value;
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.get(name) ?? otherwise;
    if (typeof value !== 'boolean') this.refuse(name, 'must be true or false');
    return value;
  }

  /** One of these words. */
  word<const T extends string>(name: string, words: readonly T[]): T {
    const value = this.get(name) ?? words[0];
    if (!words.includes(value as T)) this.refuse(name);
    return value as T;
  }

  /** Whole numbers, one for each of `count` axes; one alone is for all of them. */
  each(name: string, count: number, otherwise?: number, low = 1): number[] {
    const value = this.get(name) ?? otherwise;
    const all = Array.isArray(value) ? value : Array.from({ length: count }, () => value);
    if (all.length !== count || !all.every((n) => isWhole(n, low))) {
      this.refuse(name, `must be ${count === 1 ? 'a whole number' : `${count} whole numbers`} of at least ${low}`);
    }
    return all as number[];
  }

  /** A list of whole numbers of any length. */
  wholes(name: string, low: number): number[] {
    const value = this.get(name);
    if (!Array.isArray(value) || !value.every((n) => isWhole(n, low))) {
      this.refuse(name, `must be an array of whole numbers of at least ${low}`);
    }
    return value as number[];
  }

  /** Channels must be the last axis. */
  channelsLast(): void {
    this.word('data_format', ['channels_last']);
  }

  /** The regularizer of a parameter. */
  regularizer(name: string): Call | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const { class_name: kind, config } = (isRecord(value) ? value : {}) as JsonObject;
    const given = (isRecord(config) ? config : {}) as JsonObject;
    const [l1, l2] = ['l1', 'l2'].map((key) => (Object.hasOwn(given, key) ? (given[key] ?? 0) : 0)) as [
      unknown,
      unknown,
    ];
    const isKnown = typeof kind === 'string' && /^(L1|L2|L1L2)$/i.test(kind);
    if (!isKnown || typeof l1 !== 'number' || typeof l2 !== 'number' || l1 < 0 || l2 < 0) this.refuse(name);
    if (l1 !== 0 && l2 !== 0) return { $call: 'l1l2', args: [l1, l2] };
    if (l1 !== 0) return { $call: 'l1', args: [l1] };
    return l2 !== 0 ? { $call: 'l2', args: [l2] } : undefined;
  }
}

const isMissing = (value: unknown): boolean => value === null || value === undefined;

const isWhole = (value: unknown, low: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= LARGEST;
