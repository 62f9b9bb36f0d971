// The fully connected layer.

import { check, checkWhole } from '../errors.js';
import { type Initializer, type InitializerName, initializerOf } from '../initializers/initializers.js';
import { flag, options, type Rules, text } from '../options.js';
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
  /** Its name in the model, in `summary`, `inspect` and errors; by default 'dense', 'dense_1' … */
  readonly name?: string | undefined;
}

const denseOptions = options({
  activation: (given = 'linear') => activationOf(given as ActivationName),
  useBias: flag(true),
  kernelInitializer: (given = 'glorotUniform') => initializerOf(given as InitializerName),
  biasInitializer: (given = 'zeros') => initializerOf(given as InitializerName),
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
  const { activation, useBias, kernelInitializer, biasInitializer, name } = denseOptions('dense', options);
  return {
    kind: 'dense',
    ...(name === undefined ? {} : { name }),
    build: (inputShape) => {
      check(inputShape.length === 1, () => {
        return `dense(${units}): expected samples of shape [features], got ${shapeText(inputShape)}; put flatten() before it`;
      });
      const kernel: ParameterSpec = { shape: [inputShape[0]!, units], initializer: kernelInitializer };
      const bias: ParameterSpec = { shape: [units], initializer: biasInitializer };
      const parameters: Record<string, ParameterSpec> = useBias ? { kernel, bias } : { kernel };
      return { outputShape: [units], parameters };
    },
    linear: (x, { kernel, bias }) => {
      const product = x.matMul(kernel!);
      return bias ? product.add(bias) : product;
    },
    activate: activation,
  };
}
