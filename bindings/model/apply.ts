// apply: a model as a pure function of its parameters.

import { check, checkIs, isRecord, lookup, show } from '../errors.js';
import { aKey, nextKey } from '../ops/random.js';
import { flag, options, type Rule, type Rules, rule } from '../options.js';
import { checkNotTraced, traceAtWork } from '../scope.js';
import { sameShape, shapeText } from '../shape.js';
import { constantOf, scalar, Tensor } from '../tensor.js';
import { byName, endNames, valuesOf } from './ends.js';
import type { Findings } from './forward.js';
import type { Variable } from './layers.js';
import type { Network } from './network.js';

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** Options of `apply`. */
export interface ApplyOptions {
  /** Whether it is a training step, for dropout and the like; default false. */
  readonly training?: boolean | undefined;
  /** What layers draw random numbers from; needed in training inside of a trace, such as `jit`. */
  readonly key?: Tensor | undefined;
  /** What layers keep from step to step, as `state()` returns it. `apply` then returns { output, state, penalty }. */
  readonly state?: NamedTensors | undefined;
}

/**
 * What `apply` returns: with the option `state` also the next state, and the sum of the penalties that layers add to a
 * loss.
 */
export type Applied<Out, O> = O extends { readonly state: NamedTensors }
  ? { output: Out; state: Record<string, Tensor>; penalty: Tensor }
  : Out;

const anObject: Rule<NamedTensors | undefined> = /*@__PURE__*/ rule<NamedTensors, undefined>(
  undefined,
  (what, given) => {
    checkIs(isRecord(given), what, 'an object of tensors by name', given);
  },
);

const applyOptions = options({ training: flag(false), key: aKey, state: anObject } satisfies Rules<ApplyOptions>);

/** Runs a network on parameters that are given. */
export function applied(network: Network, parameters: unknown, x: unknown, given: ApplyOptions | undefined): unknown {
  const { training, key, state } = applyOptions('apply', given);
  const { outputs } = network.definition;
  const states = network.variables.filter(({ isState }) => isState);
  const values = new Map([
    ...read(
      'parameters',
      network.variables.filter(({ isState }) => !isState),
      parameters,
    ),
    ...(state ? read('state', states, state) : ownStates(network, states, training)),
  ]);
  const batch = batchOf(network, x);
  const ran = network.run(batch, { training, key: keyOf(key, training), values });
  const output = byName(outputs, ran.outputs);
  if (state) return { output, state: nextStates(states, values, ran.findings), penalty: penaltyOf(ran.findings) };
  if (network.live) merge(network.live, ran.findings);
  return output;
}

/** The sum of what layers add to the loss. */
const penaltyOf = ({ penalties }: Findings): Tensor => penalties.reduce((sum, t) => sum.add(t), scalar(0));

/** Adds what a run found to what the trainer at work has found. */
function merge(into: Findings, { updates, penalties }: Findings): void {
  for (const [tensor, value] of updates) into.updates.set(tensor, value);
  into.penalties.push(...penalties);
}

/** What makes keys: outside of a trace a new one, where none was given. */
function keyOf(key: Tensor | undefined, training: boolean): (() => Tensor) | undefined {
  if (key) return () => key;
  return training && traceAtWork() === undefined ? nextKey : undefined;
}

/** The model's own states: inside of `trainer` those in its memory, else copies of today. */
function ownStates(network: Network, states: readonly Variable[], training: boolean): [Tensor, Tensor][] {
  const { live } = network;
  if (live || states.length === 0) return states.map(({ tensor }) => [tensor, live?.updates.get(tensor) ?? tensor]);
  check(!training, () => {
    return 'apply: in training the model changes its state: pass { state: net.state() } to get { output, state }, or use trainer(loss, net, …)';
  });
  checkNotTraced('apply without state', 'pass { state: net.state() }');
  return states.map(({ tensor }) => [tensor, constantOf(network.view(tensor).slice(), tensor.shape)]);
}

/** The tensors that are given for variables, by name. */
function read(what: string, variables: readonly Variable[], given: unknown): [Tensor, Tensor][] {
  const object = isRecord(given);
  checkIs(object, `apply: ${what}`, `an object of tensors by name, as net.${what}() returns it`, given);
  const tensors = given as Readonly<Record<string, unknown>>;
  const known = Object.fromEntries(variables.map(({ name }) => [name, true]));
  for (const name of Object.keys(tensors)) lookup(`name in ${what}`, name, known);
  return variables.map(({ name, tensor }) => {
    const value = tensors[name];
    const fits = value instanceof Tensor && sameShape(value.shape, tensor.shape) && value.dtype === 'float32';
    check(fits, () => `apply: ${name} must be float32${shapeText(tensor.shape)}, got ${show(value)}`);
    return [tensor, value];
  });
}

/** The tensors for the inputs: as many samples of each. */
function batchOf({ definition: { inputs } }: Network, x: unknown): Tensor[] {
  const names = endNames('x', inputs);
  const tensors = valuesOf('apply: x', inputs, x);
  const first = tensors[0];
  tensors.forEach((t, i) => {
    const { shape, dtype } = inputs.specs[i]!;
    const fits = t instanceof Tensor && t.dtype === dtype && sameShape(t.shape.slice(1), shape) && t.shape.length > 0;
    check(fits && t.shape[0] === (first as Tensor).shape[0], () => {
      return `apply: ${names[i]} must be a batch, ${dtype}${shapeText(['n' as never, ...shape])}, got ${show(t)}`;
    });
  });
  return tensors as Tensor[];
}

const nextStates = (
  states: readonly Variable[],
  values: ReadonlyMap<Tensor, Tensor>,
  { updates }: Findings,
): Record<string, Tensor> =>
  Object.fromEntries(states.map(({ name, tensor }) => [name, updates.get(tensor) ?? values.get(tensor)!]));
