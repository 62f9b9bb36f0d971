// The moving average of weights: a wrapper that keeps one beside the parameters.

import { check, checkRange } from '../errors.js';
import { madeBy } from '../made.js';
import { defineOp } from '../ops/op.js';
import { Tensor } from '../tensor.js';
import { checkOptimizer, type Optimizer, slotOf } from './optimizer.js';
import { wrapped } from './wrap.js';

/** The name of the slot that has the average. */
const AVERAGE = 'average';

const loops = { aRow: 0, aCol: 1, bRow: 0, slope: 0 };

/**
 * a ← a + f·(p - a), where p is the parameter as it is now, after its update. Inputs: a, p, f. It is an effect, since
 * all values are from before the step.
 */
const follow = /*@__PURE__*/ defineOp<object>({
  name: 'follow',
  mutates: 1,
  infer: (inputs) => inputs[0]!,
  scratch: ({ inputs: [average] }) => average!.size * 4,
  emit: (e, { inputs, size }) => {
    const [average, param, factor] = inputs.map((t) => e.at(t)) as [number, number, number];
    const out = e.scratch;
    const row = { ...loops, rows: 1, cols: size };
    e.code('sub', { ...row, out, a: param, b: average, bCol: 1 });
    e.code('mul', { ...row, out, a: out, b: factor, bCol: 0 });
    e.code('add', { ...row, out: average, a: average, b: out, bCol: 1 });
  },
});

/**
 * An optimizer that also keeps an exponential moving average of the weights, which often predicts better than the last
 * ones: a ← d·a + (1 - d)·p after each update. After the first step it is equal to the weights, as with Keras's use_ema
 * and PyTorch's AveragedModel.
 *
 * @param decay d, in [0, 1): 0.999 is about the mean of the last thousand steps
 * @example averageWeights(0.999, adamW(3e-4))
 */
export function averageWeights(decay: number, optimizer: Optimizer): Optimizer {
  checkRange('averageWeights: decay', decay, 0, 1);
  checkOptimizer('averageWeights: optimizer', optimizer);
  return madeBy(
    'averageWeights',
    [decay, optimizer],
    wrapped(
      optimizer,
      (inputs, part) => {
        const { param, slots, coefficients } = inputs;
        const average = slotOf(part.name, slots, AVERAGE);
        return [...part.update(inputs), new Tensor(follow, [average, param, coefficients[AVERAGE]!], {})];
      },
      true,
      (part) => {
        check(
          !part.slots.includes(AVERAGE),
          () => `averageWeights: the optimizer ${part.name} keeps an average already`,
        );
        return {
          slots: [...part.slots, AVERAGE],
          coefficients: { ...part.coefficients, [AVERAGE]: (step) => (step === 0 ? 1 : 1 - decay) },
        };
      },
    ),
  );
}
