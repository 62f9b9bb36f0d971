// The fully connected layer.

import { check, checkWhole } from '../errors.js';
import { type Initializer, type InitializerName, initializerOf } from '../initializers/initializers.js';
import { callable, flag, options, type Rules, text } from '../options.js';
import { shapeText } from '../shape.js';
import { type Activation, type ActivationName, activationOf } from './activations.js';
import { type Layer, layer, type ParameterSpec, type Regularizer } from './layer.js';

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
  /** What is added to the loss for the kernel: `l2(0.01)`; by default nothing. */
  readonly kernelRegularizer?: Regularizer | undefined;
  /** What is added to the loss for the bias; by default nothing. */
  readonly biasRegularizer?: Regularizer | undefined;
  /** Whether training changes kernel and bias; default true. */
  readonly trainable?: boolean | undefined;
  /** Its name in the model, in `summary`, `inspect` and errors; by default 'dense', 'dense_1' … */
  readonly name?: string | undefined;
}

const denseOptions = options({
  activation: (given = 'linear') => activationOf(given as ActivationName),
  useBias: flag(true),
  kernelInitializer: (given = 'glorotUniform') => initializerOf(given as InitializerName),
  biasInitializer: (given = 'zeros') => initializerOf(given as InitializerName),
  kernelRegularizer: callable<Regularizer>(),
  biasRegularizer: callable<Regularizer>(),
  trainable: flag(true),
  name: text(undefined),
} satisfies Rules<DenseOptions>);

/**
 * The fully connected layer: each of its `units` outputs depends on all inputs. a = σ(x·W + b), for x of shape [n, in], the
 * kernel W [in, units] and the bias b [units]; a is [n, units].
 *
 * @throws if `units` is not a whole number of at least 1, or an option or name is unknown
 */
export function dense(units: number, options?: DenseOptions): Layer {
  checkWhole('dense: units', units);
  const { activation, useBias, trainable, name, ...given } = denseOptions('dense', options);
  return layer<{ kernel: ParameterSpec; bias?: ParameterSpec | undefined }>({
    kind: 'dense',
    name,
    signature: [dense, units, { ...options }],
    build: ({ shape }) => {
      check(shape.length === 1, () => {
        return `dense(${units}): expected samples of shape [features], got ${shapeText(shape)}; put flatten() before it, or use timeDistributed()`;
      });
      const kernel: ParameterSpec = {
        shape: [shape[0]!, units],
        initializer: given.kernelInitializer,
        regularizer: given.kernelRegularizer,
        trainable,
      };
      if (!useBias) return { parameters: { kernel } };
      const { biasInitializer: initializer, biasRegularizer: regularizer } = given;
      return { parameters: { kernel, bias: { shape: [units], initializer, regularizer, trainable } } };
    },
    call: (x, { kernel, bias }, { show }) => {
      const product = x.matMul(kernel);
      const z = bias ? product.add(bias) : product;
      show('z', z);
      return activation(z);
    },
  });
}
