// What a row of the tables in ops/ is given: a node with its inputs as tensors. Rows make tensors by our ops.

import { check } from '../../errors.js';
import { reachable } from '../../graph.js';
import type { Context } from '../../layers/layer.js';
import { moveAxis, transpose } from '../../ops/movement.js';
import { normalizeAxis } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { constantOf } from '../../tensor.js';
import { elementsOf } from '../elements.js';
import { ATTRIBUTE, type AttributeProto, type TensorProto } from '../schema.js';
import type { OnnxNode } from './file.js';

/** Computes the outputs of a node: one alone, or several; undefined for one that it does not have. */
export type Row = (op: Imported) => Tensor | readonly (Tensor | undefined)[];

/** Rows by the names of ops. */
export type Rows = Readonly<Record<string, Row>>;

/** What a run of a graph is told, and told about. */
export interface Surroundings {
  readonly opset: number;
  /** Is told of a tensor whose values were needed to make the graph. */
  needs?(t: Tensor): void;
  /** Is told of a tensor that a layer keeps and does not train. */
  keeps?(t: Tensor): void;
  /** Of a model in training: what a layer knows, for such a tensor. */
  stateOf?(t: Tensor): { readonly context: Context; readonly name: string } | undefined;
  /** Of a model in training: what dropout draws from, another one in each call. */
  nextKey?(): Tensor | undefined;
}

/** A node that is run. */
export class Imported {
  constructor(
    readonly node: OnnxNode,
    readonly inputs: readonly (Tensor | undefined)[],
    readonly around: Surroundings,
  ) {}

  get opset(): number {
    return this.around.opset;
  }

  /** Whether somebody reads output `i`. */
  wants(i: number): boolean {
    return Boolean(this.node.outputs[i]);
  }

  /** Input `i`, which must be there. */
  in(i: number): Tensor {
    const t = this.inputs[i];
    check(t !== undefined, () => `it has no input ${i}`);
    return t;
  }

  /** Input `i`, if it is there. */
  maybe(i: number): Tensor | undefined {
    return this.inputs[i];
  }

  /** All inputs. */
  get all(): Tensor[] {
    return this.inputs.map((_, i) => this.in(i));
  }

  /** The values of input `i`, which must not depend on the inputs of the graph; undefined if it is not there. */
  known(i: number): number[] | undefined {
    const t = this.inputs[i];
    if (!t) return undefined;
    this.around.needs?.(t);
    check(!t.traced, () => {
      return `its input ${i} must be known when the graph is imported, and depends on the graph's inputs`;
    });
    return [...valuesOf(t)];
  }

  /** The same of an input that must be there. */
  values(i: number): number[] {
    this.in(i);
    return this.known(i)!;
  }

  /** The one number that input `i` has. */
  number(i: number): number {
    const values = this.values(i);
    check(values.length === 1, () => `its input ${i} has ${values.length} elements in place of one`);
    return values[0]!;
  }

  #attribute(name: string, type: number): AttributeProto | undefined {
    const found = this.node.attributes.get(name);
    check(
      found === undefined || (found.type ?? type) === type,
      () => `the attribute ${name} is of type ${found!.type}`,
    );
    return found;
  }

  int(name: string, otherwise: number): number;
  int(name: string): number | undefined;
  int(name: string, otherwise?: number): number | undefined {
    const value = this.#attribute(name, ATTRIBUTE.int)?.i ?? otherwise;
    check(value === undefined || Math.abs(value) < 2 ** 31, () => `the attribute ${name} is ${value}`);
    return value;
  }

  float(name: string, otherwise: number): number {
    return this.#attribute(name, ATTRIBUTE.float)?.f ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    const bytes = this.#attribute(name, ATTRIBUTE.text)?.s;
    return bytes ? new TextDecoder().decode(bytes) : otherwise;
  }

  /** Whole numbers; undefined if the attribute is not there. */
  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name, ATTRIBUTE.ints)?.ints;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, ATTRIBUTE.floats)?.floats;
  }

  tensor(name: string): TensorProto | undefined {
    return this.#attribute(name, ATTRIBUTE.tensor)?.t;
  }

  /** Numbers that older versions have as an attribute, and newer ones as input `i`. */
  listed(name: string, i: number): readonly number[] | undefined {
    return this.ints(name) ?? this.known(i);
  }

  /** The same where they must be there. */
  list(name: string, i: number): readonly number[] {
    const values = this.listed(name, i);
    check(values !== undefined, () => `it has no ${name}`);
    return values;
  }

  /** An axis, from 0. */
  axis(axis: number, rank: number): number {
    return normalizeAxis(this.node.opType, axis, rank);
  }

  /** The constant that an attribute holds. */
  constant(name: string): Tensor | undefined {
    const proto = this.tensor(name);
    if (!proto) return undefined;
    const { shape, data, type: _ } = elementsOf(this.node.where, proto);
    return constantOf(data, shape, data instanceof Int32Array ? 'int32' : 'float32');
  }
}

/**
 * So many elements may be computed to know a shape, an axis and the like: from a file of a few bytes could come
 * billions.
 */
const MAX_KNOWN = 2 ** 18;

function valuesOf(t: Tensor): ArrayLike<number> & Iterable<number> {
  const computed = reachable([t], (one) => (one.known ? [] : one.inputs));
  let elements = 0;
  for (const { size, known } of computed) elements += known ? 0 : size;
  check(elements <= MAX_KNOWN, () => `${elements} elements would have to be computed to make the graph`);
  return t.values();
}

/**
 * Throws unless a length is at most so large that a list of that length may be made; else a file of a few bytes could
 * ask for any.
 */
export function checkLength(what: string, length: number, most = MAX_KNOWN): void {
  check(length <= most, () => `${what} is ${length}, and at most ${most} is supported`);
}

/** The order of axes that brings the second one, of channels, to the back. */
const channelsBack = (rank: number): number[] => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];

const isTransposed = ({ op, attrs }: Tensor, order: readonly number[]): boolean =>
  op === transpose && (attrs as { axes: readonly number[] }).axes.every((axis, i) => axis === order[i]);

/** The order in which channels come second again. */
const channelsSecond = (rank: number): number[] => [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];

/**
 * [n, channels, …] as [n, …, channels]. What was that before it got its channels in front is found, and not moved
 * again.
 */
export function channelsLast(x: Tensor): Tensor {
  const rank = x.shape.length;
  return isTransposed(x, channelsSecond(rank)) ? x.inputs[0]! : rank < 3 ? x : x.transpose(channelsBack(rank));
}

/** [n, …, channels] as [n, channels, …]. */
export const channelsFirst = (x: Tensor): Tensor => (x.shape.length < 3 ? x : moveAxis(x, x.shape.length - 1, 1));

/**
 * f(x) for an elementwise f. Where x only got its channels in front, that is done after f, so that a next one can undo
 * it.
 */
export function through(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const rank = x.shape.length;
  if (rank < 3 || !isTransposed(x, channelsSecond(rank))) return f(x);
  return channelsFirst(f(x.inputs[0]!));
}
