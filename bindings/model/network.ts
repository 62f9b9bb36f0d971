// Layers with their parameters: what a model is before it is compiled. The parameters of all layers lie side by side in
// one block, so that an optimizer updates them in one pass.

import { check } from '../errors.js';
import type { Layer, LayerSpec } from '../layers/layer.js';
import { nextStream } from '../random.js';
import type { Block } from '../run/memory.js';
import type { Runner } from '../run/runner.js';
import { checkShape, type Shape, shapeText, sizeOf } from '../shape.js';
import { inputOf, type Tensor } from '../tensor.js';

/** A parameter starts at a multiple of this many floats: one vector. */
const LANES = 4;

/** One trainable array. */
export interface Parameter {
  /** Layer and part: 'dense_1.kernel'. */
  readonly name: string;
  readonly tensor: Tensor;
  /** Where it starts in the block, in floats. */
  readonly offset: number;
}

/** A layer in its place: with a name, shapes and parameters. */
export interface BuiltLayer extends LayerSpec {
  readonly name: string;
  readonly layer: Layer;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** What a layer makes of a batch. */
export interface LayerValues {
  readonly built: BuiltLayer;
  /** Before the activation. */
  readonly z: Tensor;
  /** After it. */
  readonly a: Tensor;
}

export class Network {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly layers: readonly BuiltLayer[];
  readonly parameters: readonly Parameter[];
  /** All parameters as one row of numbers. */
  readonly flat: Tensor;
  readonly block: Block;

  constructor(
    readonly runner: Runner,
    inputShape: Shape,
    layers: readonly Layer[],
  ) {
    checkShape('sequential', inputShape);
    check(sizeOf(inputShape) > 0, () => `sequential: the input shape ${shapeText(inputShape)} has no elements`);
    check(layers.length > 0, () => 'sequential: expected at least one layer');
    this.inputShape = [...inputShape];
    this.layers = buildLayers(inputShape, layers);
    this.outputShape = this.layers.at(-1)!.outputShape;
    const { parameters, size } = layOut(this.layers);
    this.parameters = parameters;
    this.flat = inputOf('parameters', [size]);
    this.block = runner.memory.alloc(size * 4, `the model's ${this.count} parameters`);
    this.#initialize();
  }

  /** Number of trainable numbers. */
  get count(): number {
    return this.parameters.reduce((sum, { tensor }) => sum + tensor.size, 0);
  }

  /** Where the parameters are, one by one and as a row. */
  get places(): Map<Tensor, number> {
    const { address } = this.block;
    return new Map([[this.flat, address], ...this.parameters.map((p) => [p.tensor, address + p.offset * 4] as const)]);
  }

  /** z and a of every layer for a batch `x`, [n, …inputShape]. */
  trace(x: Tensor): LayerValues[] {
    let a = x;
    return this.layers.map((built) => {
      const z = built.layer.linear(a, built.tensors);
      a = built.layer.activate?.(z) ?? z;
      return { built, z, a };
    });
  }

  /** The output for a batch `x`. */
  forward(x: Tensor): Tensor {
    return this.trace(x).at(-1)!.a;
  }

  /** The live memory of a parameter. Do not keep it: it goes stale when memory grows. */
  view({ tensor, offset }: Parameter): Float32Array | Float64Array {
    const at = this.block.address / 4 + offset;
    return this.runner.memory.f.subarray(at, at + tensor.size);
  }

  #initialize(): void {
    for (const parameter of this.parameters) {
      const [layer, part] = splitName(parameter.name);
      const { initializer } = this.layers.find(({ name }) => name === layer)!.parameters[part]!;
      const { shape, size } = parameter.tensor;
      const values = new Float32Array(size);
      initializer(values, shape, nextStream());
      this.view(parameter).set(values);
    }
  }
}

const splitName = (name: string): [string, string] => {
  const dot = name.lastIndexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
};

function buildLayers(inputShape: Shape, layers: readonly Layer[]): BuiltLayer[] {
  const used = new Map<string, number>();
  let shape = inputShape;
  return layers.map((layer, i) => {
    check(
      typeof layer?.build === 'function',
      () => `sequential: layer ${i} is not a layer; make one with dense(), flatten()`,
    );
    const name = uniqueName(layer.name ?? layer.kind, used);
    const spec = layer.build(shape);
    shape = spec.outputShape;
    const tensors = Object.entries(spec.parameters).map(([part, p]) => [part, inputOf(`${name}.${part}`, p.shape)]);
    return { ...spec, name, layer, tensors: Object.fromEntries(tensors) as Record<string, Tensor> };
  });
}

/** 'dense', 'dense_1', 'dense_2', … */
function uniqueName(base: string, used: Map<string, number>): string {
  const count = used.get(base) ?? 0;
  used.set(base, count + 1);
  return count === 0 ? base : uniqueName(`${base}_${count}`, used);
}

function layOut(layers: readonly BuiltLayer[]): { parameters: Parameter[]; size: number } {
  let offset = 0;
  const parameters = layers.flatMap(({ name, tensors }) =>
    Object.entries(tensors).map(([part, tensor]) => {
      const parameter = { name: `${name}.${part}`, tensor, offset };
      offset += Math.ceil(tensor.size / LANES) * LANES;
      return parameter;
    }),
  );
  return { parameters, size: offset };
}
