// A network: layers with their names, shapes and parameters, as a model has them before it is compiled. The parameters of
// all layers lie side by side in one block, so that an optimizer updates them in one pass. Not here: training
// (trainer.ts).

import { check, checkFunction, checkIs } from '../errors.js';
import { evaluate } from '../evaluate.js';
import { initializerOf } from '../initializers/initializers.js';
import type { Layer, LayerSpec } from '../layers/layer.js';
import { nextKey } from '../ops/random.js';
import { ParameterBlock } from '../optimizers/parameters.js';
import type { Runner } from '../run/runner.js';
import { inTrace } from '../scope.js';
import { checkShape, owned, type Shape, sameShape, shapeText, sizeOf } from '../shape.js';
import { inputOf, Tensor, type TensorData, textOf } from '../tensor.js';

/** A layer of a network, with its name, shapes and parameters. */
export interface BuiltLayer extends LayerSpec {
  readonly name: string;
  readonly layer: Layer;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** The values that a layer computes for a batch. */
export interface LayerValues {
  readonly built: BuiltLayer;
  /** The output before the activation. */
  readonly z: Tensor;
  /** The output. */
  readonly a: Tensor;
}

export class Network {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly layers: readonly BuiltLayer[];
  /** The parameters of all layers: 'dense_1.kernel' … */
  readonly block: ParameterBlock;

  constructor(
    readonly runner: Runner,
    inputShape: Shape,
    layers: readonly Layer[],
  ) {
    checkShape('sequential', inputShape);
    check(sizeOf(inputShape) > 0, () => `sequential: the input shape ${shapeText(inputShape)} has no elements`);
    const some = Array.isArray(layers) && layers.length > 0;
    checkIs(some, 'sequential: layers', 'an array of at least one layer', layers);
    this.inputShape = Object.freeze([...inputShape]);
    this.layers = buildLayers(this.inputShape, layers);
    this.outputShape = this.layers.at(-1)!.outputShape;
    const values = initialValues(this.layers);
    this.block = new ParameterBlock(
      runner,
      this.layers.flatMap((layer) => Object.values(layer.tensors)),
    );
    this.block.parameters.forEach((parameter, i) => void this.block.view(parameter).set(values[i]!));
  }

  /** z and a of every layer for a batch `x`, [n, …inputShape]. */
  trace(x: Tensor): LayerValues[] {
    let input = x;
    return this.layers.map((built) => {
      const values = valuesOf(built, input);
      input = values.a;
      return values;
    });
  }

  /** The output for a batch `x`. */
  forward(x: Tensor): Tensor {
    return this.trace(x).at(-1)!.a;
  }
}

/** The values of all parameters before training, computed in one go. */
function initialValues(layers: readonly BuiltLayer[]): TensorData[] {
  const made = layers.flatMap(({ name, parameters, tensors }) =>
    Object.entries(parameters).map(([part, { initializer }]) => {
      const { shape } = tensors[part]!; // frozen: an initializer cannot change it
      const values: unknown = initializerOf(initializer)(shape, nextKey());
      checkTensor(`the initializer of ${name}.${part}`, values, shape);
      return values;
    }),
  );
  evaluate(made.filter((t) => !t.known));
  return made.map((t) => t.values());
}

/** Calls a layer on the batch `x`, and checks what it returns. */
function valuesOf(built: BuiltLayer, x: Tensor): LayerValues {
  const { layer, name, tensors, outputShape } = built;
  const expected = [x.shape[0]!, ...outputShape];
  return inTrace(`the layer ${name}`, () => {
    const z = layer.linear(x, tensors);
    checkTensor(`layer ${name}: its linear part`, z, expected);
    const a = layer.activate ? layer.activate(z) : z;
    checkTensor(`layer ${name}: its activation part`, a, expected);
    return { built, z, a };
  });
}

/** Throws if what a user's function returned is not a float32 tensor of this shape. */
function checkTensor(who: string, t: unknown, expected: Shape): asserts t is Tensor {
  const fits = t instanceof Tensor && sameShape(t.shape, expected) && t.dtype === 'float32';
  check(fits, () => `${who} returned ${textOf(t)}, expected a tensor, float32${shapeText(expected)}`);
}

function buildLayers(inputShape: Shape, layers: readonly Layer[]): BuiltLayer[] {
  const used = new Map<string, number>();
  let shape = inputShape;
  return layers.map((layer, i) => {
    check(
      typeof layer?.build === 'function',
      () => `sequential: layer ${i} is not a layer; make one with dense(), flatten()`,
    );
    const base = layer.name ?? layer.kind;
    checkIs(typeof base === 'string', `sequential: layer ${i}: its name or kind`, 'a string', base);
    const name = uniqueName(base, used);
    const spec = layer.build(shape);
    checkSpec(name, spec);
    const { linear, activate = linear } = layer;
    checkFunction(`layer ${name}: linear`, linear);
    checkFunction(`layer ${name}: activate`, activate);
    shape = Object.freeze([...spec.outputShape]); // a layer's array is its own, to change or to return again
    const tensors = Object.entries(spec.parameters).map(([part, p]) => [
      part,
      inputOf(`${name}.${part}`, owned(p.shape)),
    ]);
    return { ...spec, outputShape: shape, name, layer, tensors: Object.fromEntries(tensors) as Record<string, Tensor> };
  });
}

const isObject = (value: unknown): boolean => value !== null && typeof value === 'object';

/** Checks what `build` returned: a layer of a user may return anything. */
function checkSpec(name: string, spec: LayerSpec): void {
  checkIs(isObject(spec), `layer ${name}: what build returns`, '{ outputShape, parameters }', spec);
  checkShape(`the output of layer ${name}`, spec.outputShape);
  const { parameters } = spec;
  checkIs(isObject(parameters), `layer ${name}: parameters`, 'an object', parameters);
  for (const [part, parameter] of Object.entries(parameters)) {
    checkShape(`layer ${name}, parameter ${part}`, parameter?.shape);
    initializerOf(parameter.initializer);
  }
}

/** 'dense', 'dense_1', 'dense_2', … */
function uniqueName(base: string, used: Map<string, number>): string {
  const count = used.get(base) ?? 0;
  used.set(base, count + 1);
  return count === 0 ? base : uniqueName(`${base}_${count}`, used);
}
