// The graph that is being written: nodes, constants and names. Not here: which nodes an op becomes (ops/), and what is
// done to them then (tidy.ts).

import { protoOf } from '../elements.js';
import { ATTRIBUTE, FLOAT, type GivenAttribute, type GivenNode, type GivenTensor, INT32, INT64 } from '../schema.js';
import { isFixed, type Size, type Unknown } from './sizes.js';

/** What an attribute of a node may be: a whole number, whole numbers, a text, or { float }. */
export type AttributeValue = number | readonly number[] | string | { readonly float: number };

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Outputs of a node besides its first one that matters. */
export interface MoreOutputs {
  /** An output before that one, which nobody reads. */
  readonly unread?: string | undefined;
  /** Outputs behind it; one that is missing has the name ''. */
  readonly behind?: readonly string[] | undefined;
}

/** A node, before it is encoded. */
export interface OnnxNode extends MoreOutputs {
  readonly opType: string;
  /** A missing input has the name ''. */
  inputs: string[];
  output: string;
  attributes: Attributes;
  /** What it is made for: the path of the layer, if there is one. */
  readonly of: string;
}

/** An array of the file. */
export interface Initializer {
  shape: readonly number[];
  data: ArrayLike<number>;
  readonly type: number;
}

/** The type of elements of each of ours. */
export const TYPE_OF = { float32: FLOAT, int32: INT32 } as const;

export class Writer {
  nodes: OnnxNode[] = [];
  readonly initializers = new Map<string, Initializer>();
  /** Where nodes that are written now belong to. */
  of = '';
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, string>();

  /** @param unknown the sizes that are not known, in their order in `Size` */
  constructor(readonly unknown: readonly Unknown[]) {}

  /** Takes a name, or one like it that is free. */
  name(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  /** The same, of what is written now. */
  inside(wanted: string): string {
    return this.name(this.of ? `${this.of}/${wanted}` : wanted);
  }

  /** Writes a node, and returns the output that matters. */
  node(opType: string, inputs: readonly string[], attributes: Attributes = {}, more?: MoreOutputs): string {
    const output = this.inside(opType);
    this.nodes.push({ opType, inputs: [...inputs], output, attributes, of: this.of, ...more });
    return output;
  }

  /** Writes a node with two outputs, and returns the second one. */
  second(opType: string, inputs: readonly string[], attributes: Attributes): string {
    return this.node(opType, inputs, attributes, { unread: this.name('unread') });
  }

  /** Adds an array. */
  initializer(wanted: string, shape: readonly number[], data: ArrayLike<number>, type: number): string {
    const name = this.name(wanted);
    this.initializers.set(name, { shape, data, type });
    return name;
  }

  /** A constant; equal ones are one. */
  constant(shape: readonly number[], data: ArrayLike<number>, type: number): string {
    const text = data.length <= 64 ? `${type} ${shape} ${Array.from(data, (x) => (Object.is(x, -0) ? '-0' : x))}` : '';
    const known = this.#constants.get(text);
    if (known !== undefined) return known;
    const name = this.initializer('constant', shape, data, type);
    if (text) this.#constants.set(text, name);
    return name;
  }

  /** A number, as a scalar of float32. */
  float(value: number): string {
    return this.constant([], [value], FLOAT);
  }

  /** A number, as a scalar of one of our types. */
  scalar(value: number, dtype: 'float32' | 'int32'): string {
    return this.constant([], [value], TYPE_OF[dtype]);
  }

  /** Axes, sizes and the like: a vector of int64. */
  ints(values: readonly number[]): string {
    return this.constant([values.length], values, INT64);
  }

  /** Sizes as a vector of int64; those that are not known are computed. */
  sizes(sizes: readonly Size[]): string {
    if (sizes.every(isFixed)) return this.ints(sizes.map(({ base }) => base));
    const parts = sizes.map((size) => this.#size(size));
    return parts.length === 1 ? parts[0]! : this.node('Concat', parts, { axis: 0 });
  }

  /** A vector of one. */
  #size({ base, by }: Size): string {
    const terms = by.flatMap((factor, i) => {
      if (factor === 0) return [];
      const { input, axis } = this.unknown[i]!;
      const size = this.node('Shape', [input], { start: axis, end: axis + 1 });
      return factor === 1 ? size : this.node('Mul', [size, this.ints([factor])]);
    });
    if (base !== 0 || terms.length === 0) terms.push(this.ints([base]));
    return terms.reduce((sum, term) => this.node('Add', [sum, term]));
  }
}

const attributeOf = (name: string, value: AttributeValue): GivenAttribute => {
  if (typeof value === 'number') return { name, type: ATTRIBUTE.int, i: value };
  if (typeof value === 'string') return { name, type: ATTRIBUTE.text, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: ATTRIBUTE.float, f: value.float };
  return { name, type: ATTRIBUTE.ints, ints: value };
};

/** Nodes as they are encoded. */
export function nodesOf(nodes: readonly OnnxNode[]): GivenNode[] {
  return nodes.map(({ opType, inputs, output, attributes, unread, behind = [] }) => ({
    input: inputs,
    output: [...(unread === undefined ? [] : [unread]), output, ...behind],
    name: output,
    opType,
    attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
  }));
}

/** Arrays as they are encoded. */
export function tensorsOf(initializers: ReadonlyMap<string, Initializer>): GivenTensor[] {
  return [...initializers].map(([name, { shape, data, type }]) => protoOf(name, shape, data, type));
}
