// The fully connected layer.

import { check, checkWhole } from '../errors.js';
import { options, type Rules } from '../options.js';
import { shapeText } from '../shape.js';
import { type KernelOptions, kernelRules, parameterOf } from './filters.js';
import { type Layer, layer, type ParameterSpec } from './layer.js';

/** Options of `dense`. */
export interface DenseOptions extends KernelOptions {}

const denseOptions = options(kernelRules satisfies Rules<DenseOptions>);

/**
 * The fully connected layer: each of its `units` outputs depends on all inputs. a = σ(x·W + b), for x of shape [n, in],
 * the kernel W [in, units] and the bias b [units]; a is [n, units].
 *
 * @throws if `units` is not a whole number of at least 1, or an option or name is unknown
 */
export function dense(units: number, options?: DenseOptions): Layer {
  checkWhole('dense: units', units);
  const given = denseOptions('dense', options);
  return layer<{ kernel: ParameterSpec; bias?: ParameterSpec | undefined }>({
    kind: 'dense',
    name: given.name,
    signature: [dense, units, { ...options }],
    build: ({ shape }) => {
      check(shape.length === 1, () => {
        return `dense(${units}): expected samples of shape [features], got ${shapeText(shape)}; put flatten() before it, or use timeDistributed()`;
      });
      const kernel = parameterOf('kernel', [shape[0]!, units], given);
      return { parameters: { kernel, bias: given.useBias ? parameterOf('bias', [units], given) : undefined } };
    },
    call: (x, { kernel, bias }, { show }) => {
      const product = x.matMul(kernel);
      const z = bias ? product.add(bias) : product;
      show('z', z);
      return given.activation(z);
    },
  });
}
