// How recurrent layers go on where a model writes a sequence step by step: from the state that the step before has
// left.

import type { StateShape } from '../ops/recurrent/rnn.js';
import type { Sequences, StepOptions, WithState } from '../ops/recurrent/sequences.js';
import type { Shape } from '../shape.js';
import { Tensor } from '../tensor.js';
import { decodingAtWork } from './decoding.js';

type States = Readonly<Record<string, Tensor>>;

/**
 * What `compute` returns for the input of a recurrent layer; where a sequence is written step by step, for its next
 * step.
 *
 * @param stateShape of one sample
 */
export function continued(
  kind: string,
  input: unknown,
  stateShape: StateShape,
  how: StepOptions,
  compute: (input: unknown, how: StepOptions) => unknown,
): unknown {
  const decoding = decodingAtWork();
  if (!decoding || decoding.isWhole) return compute(input, how);
  decoding.refuse(how.goBackwards && `${kind} goes backwards`);
  const { x, mask, ...rest } = input instanceof Tensor ? { x: input } : (input as Sequences<unknown>);
  decoding.refuse(
    Object.values(rest).some((given) => given !== undefined) && `${kind} has lengths or a state to start from`,
  );
  const isAlone = Array.isArray(stateShape);
  const shapes = (isAlone ? { state: stateShape } : stateShape) as Readonly<Record<string, Shape>>;
  const states = Object.entries(shapes).map(([name, shape]) => {
    return [name, decoding.state([x.shape[0]!, ...shape])] as const;
  });
  const lasts = Object.fromEntries(states.flatMap(([name, { last }]) => (last ? [[name, last]] : [])));
  const initialState = decoding.position && (isAlone ? lasts['state'] : lasts);
  const result = compute({ x, mask, initialState }, { ...how, returnState: true }) as WithState<Tensor | States>;
  for (const [name, { next }] of states) next(isAlone ? (result.state as Tensor) : (result.state as States)[name]!);
  return how.returnState ? result : result.output;
}
