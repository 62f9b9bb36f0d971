// The fully connected layer.

import { check, checkIs, checkOptions, checkWhole } from '../errors.js';
import { type Initializer, type InitializerName, initializerOf } from '../initializers/initializers.js';
import { shapeText } from '../shape.js';
import { type Activation, type ActivationName, activationOf } from './activations.js';
import type { Layer, ParameterSpec } from './layer.js';

/** Options of `dense`. */
export interface DenseOptions {
  /** Default 'linear'. */
  readonly activation?: ActivationName | Activation | undefined;
  /** Whether a bias is added; default true. */
  readonly useBias?: boolean | undefined;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: InitializerName | Initializer | undefined;
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerName | Initializer | undefined;
  readonly name?: string | undefined;
}

const OPTIONS = ['activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'name'];

/**
 * a = σ(x·W + b): x [n, in], kernel W [in, units], bias b [units], a [n, units].
 *
 * @throws if `units` is not a whole number of at least 1, or an option or name is unknown
 */
export function dense(units: number, options: DenseOptions = {}): Layer {
  checkWhole('dense: units', units);
  checkOptions('dense', options, OPTIONS);
  const {
    activation = 'linear',
    useBias = true,
    kernelInitializer = 'glorotUniform',
    biasInitializer = 'zeros',
    name,
  } = options;
  checkIs(typeof useBias === 'boolean', 'dense: useBias', 'true or false', useBias);
  checkIs(name === undefined || typeof name === 'string', 'dense: name', 'a string', name);
  const activate = activationOf(activation);
  const initializers = { kernel: initializerOf(kernelInitializer), bias: initializerOf(biasInitializer) };
  return {
    kind: 'dense',
    ...(name === undefined ? {} : { name }),
    build: (inputShape) => {
      check(inputShape.length === 1, () => {
        return `dense(${units}): expected samples of shape [features], got ${shapeText(inputShape)}; put flatten() before it`;
      });
      const kernel: ParameterSpec = { shape: [inputShape[0]!, units], initializer: initializers.kernel };
      const bias: ParameterSpec = { shape: [units], initializer: initializers.bias };
      const parameters: Record<string, ParameterSpec> = useBias ? { kernel, bias } : { kernel };
      return { outputShape: [units], parameters };
    },
    linear: (x, { kernel, bias }) => {
      const product = x.matMul(kernel!);
      return bias ? product.add(bias) : product;
    },
    activate,
  };
}
