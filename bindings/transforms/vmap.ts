// vmap: makes a function of one example a function of a batch of them. The function is called once, on placeholders
// without the batch axis; then every tensor that depends on them is made again with the axis in front, by the batch
// rule of its op. Not here: the rules (`batch` of an op), which make ordinary ops, so that the result can be
// differentiated and mapped again.

import { check, show } from '../errors.js';
import { reachableInOrder } from '../graph.js';
import { checkFunction } from '../objective.js';
import { moveAxis } from '../ops/movement.js';
import type { Batch, Pull } from '../ops/op.js';
import { options, type Rules, rule } from '../options.js';
import { inTrace, withOrigin } from '../scope.js';
import { normalizeAxis } from '../shape.js';
import { expanded, inputOf, Tensor } from '../tensor.js';
import { buildTree, type Form, flattenTree, type Leaf, leafCount, leafTensor, type Tree } from '../tree.js';
import { together } from './autodiff.js';
import { type AnyFunction, calledOn, type Fed, returned, type Trees } from './call.js';

/** The axis to map over, null for none; or a nest of these, each for all leaves at its place in a tree of tensors. */
export type AxisTree = number | null | readonly AxisTree[] | { readonly [key: string]: AxisTree };

/** Options of `vmap`. */
export interface VmapOptions {
  /**
   * The axis of the arguments that the examples lie along, null for what is the same for all of them; an array has an
   * entry for each argument, which may be a nest in the argument's form. Default 0.
   */
  readonly inAxes?: AxisTree | undefined;
  /** The axis of the results that the examples lie along, null for what is the same for all of them. Default 0. */
  readonly outAxes?: AxisTree | undefined;
}

const axes = rule<AxisTree, AxisTree>(0, checkAxes);
const vmapOptions = options({ inAxes: axes, outAxes: axes } satisfies Rules<VmapOptions>);

function checkAxes(what: string, given: unknown): void {
  if (given === null || Number.isInteger(given)) return;
  check(typeof given === 'object', () => `${what}: an axis is a whole number, or null, got ${show(given)}`);
  for (const [key, part] of Object.entries(given as object)) checkAxes(`${what}.${key}`, part);
}

/**
 * Makes a function that computes `f` for every example of a batch at once: `f` is written for one example, and the
 * result takes arguments, and returns results, with one axis more. A loop over the examples gives the same; this is one
 * graph, with a few large ops in place of many small ones.
 *
 * As in JAX. `f` is called once, on placeholders: what it does besides computing tensors happens once, and values of
 * its arguments can't be read in it. Indices that only a placeholder holds are not checked: one out of range reads NaN.
 *
 * @param f takes and returns any nest of arrays and objects of tensors
 * @example vmap((x, w) => x.matMul(w), { inAxes: [0, null] })(batch, w)
 */
export function vmap<A extends Trees<A> = Tensor[], Y extends Tree<Y> = Tensor>(
  f: (...args: A) => Y,
  options?: VmapOptions,
): Fed<A, Y> {
  checkFunction('vmap', f);
  const { inAxes, outAxes } = vmapOptions('vmap', options);
  return (...args: unknown[]) => {
    const leaves: Leaf[] = [];
    const form = flattenTree('the arguments', args, leaves);
    const axisOf = leafAxes('vmap: inAxes', inAxes, form);
    const given = leaves.map((leaf, i) => batchFirst(leaf, axisOf[i]!));
    const mapped = given.filter((_, i) => axisOf[i] !== null);
    const mapping = new Mapping(batchSize(mapped));
    const seen = given.map((t, i) => (axisOf[i] === null ? t : mapping.placeholder(t)));
    const result = mapping.run(() => calledOn('vmap', f as unknown as AnyFunction, form, leaves, seen));
    const { outputs, outputForm } = returned('what the function of vmap returns', result);
    const outputAxes = leafAxes('vmap: outAxes', outAxes, outputForm);
    const results = mapping.batched(outputs).map((t, i) => placed(t, t !== outputs[i], outputAxes[i]!, mapping));
    together(results.filter(({ known }) => known === undefined));
    return buildTree(outputForm, results.values()) as Y;
  };
}

/** The axis for each leaf of a tree of this form; `given` may end above the leaves. */
function leafAxes(where: string, given: AxisTree, form: Form): readonly (number | null)[] {
  if (given === null || typeof given === 'number') return new Array<number | null>(leafCount(form)).fill(given);
  check(form !== null, () => `${where} is ${show(given)} where there is one tensor: expected a number or null`);
  const parts = new Map(Object.entries(given));
  const keys = form.keys ?? form.parts.map((_, i) => `${i}`);
  const fits = Array.isArray(given) === (form.keys === null) && parts.size === keys.length;
  check(fits && keys.every((key) => parts.has(key)), () => {
    const expected = form.keys ? `an object with ${keys.join(', ')}` : `an array of ${keys.length}`;
    return `${where} is ${show(given)}: expected a number, null, or ${expected}`;
  });
  return keys.flatMap((key, i) => leafAxes(`${where}.${key}`, parts.get(key)!, form.parts[i]!));
}

/** The tensor of a leaf, with `axis` in front; as it is if there is none. */
function batchFirst(leaf: Leaf, axis: number | null): Tensor {
  const t = leafTensor(leaf);
  if (axis === null) return t;
  check(t.shape.length > 0, () => `vmap: a scalar has no axis to map over, got ${t}; say null in inAxes`);
  return moveAxis(t, normalizeAxis(`vmap over ${t}`, axis, t.shape.length), 0);
}

/** How many examples there are. */
function batchSize([first, ...others]: readonly Tensor[]): number {
  check(first !== undefined, () => 'vmap: there is nothing to map over: inAxes is null for all arguments');
  const size = first.shape[0]!;
  for (const { shape } of others) {
    check(shape[0] === size, () => `vmap: the arguments have different numbers of examples, ${size} and ${shape[0]}`);
  }
  return size;
}

/** A result with its batch axis at the place that was asked for. */
function placed(t: Tensor, isBatched: boolean, axis: number | null, mapping: Mapping): Tensor {
  if (axis !== null) {
    const all = isBatched ? t : mapping.repeated(t);
    return moveAxis(all, 0, normalizeAxis('vmap: outAxes', axis, all.shape.length));
  }
  check(!isBatched, () => 'vmap: outAxes is null for a result that depends on the example; give it an axis');
  return t;
}

/** One call of vmap: what tensors made of its placeholders are in the batch. */
class Mapping {
  readonly size: number;
  readonly #inBatch: Map<Tensor, Tensor>;
  /** No tensor that is older depends on a placeholder. */
  #first = Infinity;

  /** @param examples what stands for one example of what, besides the placeholders */
  constructor(size: number, examples: ReadonlyMap<Tensor, Tensor> = new Map()) {
    this.size = size;
    this.#inBatch = new Map(examples);
    for (const { id } of examples.keys()) this.#first = Math.min(this.#first, id);
  }

  /** Stands for one example of `batch`. */
  placeholder(batch: Tensor): Tensor {
    const example = inputOf('an example', batch.shape.slice(1), batch.dtype);
    this.#first = Math.min(this.#first, example.id);
    this.#inBatch.set(example, batch);
    return example;
  }

  run<T>(f: () => T): T {
    return inTrace('the function of vmap', f);
  }

  /** The same for every example. */
  repeated(t: Tensor): Tensor {
    return t.broadcastTo([this.size, ...t.shape]);
  }

  /** What `tensors` are in the batch: with the batch axis in front, or themselves if they depend on no placeholder. */
  batched(tensors: readonly Tensor[]): Tensor[] {
    const now = (t: Tensor): Tensor => this.#inBatch.get(t) ?? t;
    const recent = (t: Tensor) => (this.#inBatch.has(t) ? [] : t.inputs.filter(({ id }) => id >= this.#first));
    for (const node of reachableInOrder(tensors, recent)) {
      if (this.#inBatch.has(node)) continue;
      const inputs = node.inputs.map(now);
      if (inputs.some((t, i) => t !== node.inputs[i])) {
        const inBatch = withOrigin(node.origin, () => made(new Inputs(this, node, inputs)));
        this.#inBatch.set(node, inBatch);
      }
    }
    return tensors.map(now);
  }
}

/** The inputs of a node in the batch, for its batch rule. */
class Inputs implements Batch {
  readonly #mapping: Mapping;
  readonly node: Tensor;
  readonly inputs: readonly Tensor[];

  constructor(mapping: Mapping, node: Tensor, inputs: readonly Tensor[]) {
    this.#mapping = mapping;
    this.node = node;
    this.inputs = inputs;
  }

  get size(): number {
    return this.#mapping.size;
  }

  get aligned(): readonly Tensor[] {
    const rank = this.node.shape.length + 1;
    return this.inputs.map((t, i) => {
      if (t === this.node.inputs[i]) return t;
      const [n, ...shape] = t.shape as [number, ...number[]];
      return t.reshape([n, ...new Array<number>(rank - t.shape.length).fill(1), ...shape]);
    });
  }

  get full(): readonly Tensor[] {
    return this.inputs.map((t, i) => (t === this.node.inputs[i] ? this.#mapping.repeated(t) : t));
  }

  readonly mapped = (ends: readonly Tensor[], examples: ReadonlyMap<Tensor, Tensor>): Tensor[] => {
    const mapping = new Mapping(this.size, examples);
    return mapping.batched(ends).map((t, i) => (t === ends[i] ? mapping.repeated(t) : t));
  };

  readonly lifted =
    (f: Pull): Pull =>
    (g) => {
      const mapping = this.#mapping;
      const results = mapping.run(() => f(mapping.placeholder(g)));
      return results.map((t) => {
        if (t === null) return null;
        const [all] = mapping.batched([t]) as [Tensor];
        return all === t ? mapping.repeated(t) : all;
      });
    };
}

/** A node in the batch. */
function made(batch: Inputs): Tensor {
  const { op, attrs } = batch.node;
  check(!op.mutates, () => `vmap: ${op.name} writes to a place, which cannot be done for every example`);
  if (op.batch) return op.batch(batch, batch.node, attrs);
  check(op.elementwise === true, () => `vmap: ${op.name} has no batch rule`);
  const { aligned } = batch;
  return new Tensor(op, aligned.length === 2 ? expanded(...(aligned as [Tensor, Tensor])) : aligned, attrs);
}
