// What a row of the tables in ops/ is given: a tensor of the graph, as it is in all traces, and the graph that is
// written.

import { check } from '../../errors.js';
import type { Shape } from '../../shape.js';
import type { Tensor } from '../../tensor.js';
import { BOOL, FLOAT } from '../schema.js';
import { isFixed, type Size, sizeOf } from './sizes.js';
import type { Attributes, MoreOutputs, Writer } from './writer.js';

/** Writes an op, and returns the name of its result. */
export type Row = (op: Exported) => string;

/** Rows by the names of ops. */
export type Rows = Readonly<Record<string, Row>>;

/** A part of a tensor that was written by itself. */
export interface Part {
  readonly name: string;
  /** Where it is in the tensor, as that is in one of the traces. */
  windowIn(whole: Tensor): { readonly begin: readonly number[]; readonly shape: Shape };
}

/** What is known of the graph besides its ops. */
export interface Graph {
  readonly writer: Writer;
  /** The sizes that are not known, in each trace. */
  readonly tried: readonly (readonly number[])[];
  /** The name of what was written for a tensor. */
  nameOf(t: Tensor): string;
  /** The same tensor in every trace. */
  tracesOf(t: Tensor): readonly Tensor[];
  /** Truth values by the name of the same as numbers. */
  readonly truths: Map<string, string>;
  /** What tensors are put together of: `slice` reads these. */
  readonly parts: Map<Tensor, readonly Part[]>;
  /** Results of another shape than their tensors have: `reshape` knows them by the names of these. */
  readonly unshaped: Map<Tensor, { readonly name: string; readonly shape: readonly Size[] }>;
}

/** An op that is exported. */
export class Exported {
  /** A row has looked at numbers that depend on unknown sizes. */
  sized = false;

  constructor(
    readonly tensor: Tensor,
    readonly graph: Graph,
  ) {}

  /** Its attributes; those that depend on unknown sizes are read by `sizes`. */
  attrs<A>(): A {
    return this.tensor.attrs as A;
  }

  get inputs(): readonly Tensor[] {
    return this.tensor.inputs;
  }

  /** The name of input `i`. */
  in(i: number): string {
    return this.graph.nameOf(this.inputs[i]!);
  }

  /** The names of all inputs. */
  get names(): string[] {
    return this.inputs.map((t) => this.graph.nameOf(t));
  }

  get writer(): Writer {
    return this.graph.writer;
  }

  node(opType: string, inputs: readonly string[], attributes?: Attributes, more?: MoreOutputs): string {
    return this.writer.node(opType, inputs, attributes, more);
  }

  float(value: number): string {
    return this.writer.float(value);
  }

  ints(values: readonly number[]): string {
    return this.writer.ints(values);
  }

  /** Numbers that may depend on unknown sizes, read off the tensor in every trace. */
  sizes(read: (t: Tensor) => readonly number[]): Size[] {
    this.sized = true;
    const all = this.graph.tracesOf(this.tensor).map(read);
    return all[0]!.map((_, i) => {
      const values = all.map((list) => list[i]!);
      const size = sizeOf(values, this.graph.tried);
      check(size !== undefined, () => this.dependent());
      return size;
    });
  }

  /** The same for attributes of one type. */
  sizesOf<A>(read: (attrs: A, t: Tensor) => readonly number[]): Size[] {
    return this.sizes((t) => read(t.attrs as A, t));
  }

  /** Numbers that must not depend on unknown sizes. */
  fixed(read: (t: Tensor) => readonly number[]): number[] {
    return this.sizes(read).map((size) => {
      check(isFixed(size), () => this.dependent());
      return size.base;
    });
  }

  /** The shape of a tensor. */
  shapeOf(t: Tensor): Size[] {
    const shapes = this.graph.tracesOf(t).map(({ shape }) => shape);
    return shapes[0]!.map((_, i) => {
      const size = sizeOf(
        shapes.map((shape) => shape[i]!),
        this.graph.tried,
      );
      check(size !== undefined, () => this.dependent());
      return size;
    });
  }

  /** The shape of a tensor, which must not depend on unknown sizes; `from` is its first axis that counts. */
  fixedShape(t: Tensor, from = 0): Shape {
    return this.shapeOf(t)
      .slice(from)
      .map((size) => {
        check(isFixed(size), () => this.dependent());
        return size.base;
      });
  }

  dependent(): string {
    const names = this.writer.unknown.map(({ name }) => `'${name}'`).join(', ');
    return `${this.where} depends on the size ${names} in a way that can't be written; export for a number in place of it`;
  }

  /** The op with its layer, for errors. */
  get where(): string {
    return whereOf(this.tensor);
  }

  /** A truth value as a number, 0 or 1. */
  number(truth: string): string {
    const name = this.node('Cast', [truth], { to: FLOAT });
    this.graph.truths.set(name, truth);
    return name;
  }

  /** Whether numbers are not 0. */
  truth(name: string): string {
    return this.graph.truths.get(name) ?? this.node('Cast', [name], { to: BOOL });
  }

  /** `x` with its axes in another order. */
  transposed(x: string, perm: readonly number[]): string {
    return this.node('Transpose', [x], { perm });
  }
}

/** A tensor by its op and its layer, for errors. */
export const whereOf = ({ op, origin }: Tensor): string => (origin ? `${op.name} in ${origin}` : op.name);
