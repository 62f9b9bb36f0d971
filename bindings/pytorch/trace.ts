// Runs the function of a model, and keeps which layers it called that PyTorch has, too: what these compute is not
// looked into, but stands in the graph as a leaf. Not here: which ones these are (rules.ts), and what becomes of the
// graph (structure.ts).

import { check } from '../errors.js';
import type { LayerDefinition } from '../layers/layer.js';
import { byName, placeholders } from '../model/ends.js';
import { Findings, Forward, type LayerCall, type Run } from '../model/forward.js';
import type { AnyLayer, BuiltLayer, Layers, NestedDefinition } from '../model/layers.js';
import type { Network } from '../model/network.js';
import { KEY_WORDS } from '../ops/random.js';
import { inTrace } from '../scope.js';
import { inputOf, Tensor } from '../tensor.js';

/** A call of a layer. */
export interface Call {
  readonly kind: string;
  /** Its path in the model. */
  readonly path: string;
  /** What it was made by: a function and its arguments. */
  readonly signature: readonly unknown[];
  readonly input: Tensor;
  /** What it was called with besides, by name. */
  readonly more: Readonly<Record<string, Tensor>>;
  /** Shape of its output. */
  readonly output: Tensor;
  /**
   * Parameters and states of the model, by the names that the layer has for them; those of layers within it are
   * 'lstm.kernel'.
   */
  readonly variables: Readonly<Record<string, Tensor>>;
  /** It runs as in predictions, always: it is in a model that is frozen here. */
  readonly frozen: boolean;
}

/** What a run of a model's function found. */
export interface Trace {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** By the leaves that stand for what they give. */
  readonly calls: ReadonlyMap<Tensor, Call>;
  /** The states that the run updated. */
  readonly updates: readonly Tensor[];
  /** A penalty was added to the loss. */
  readonly penalized: boolean;
}

/** Samples of a batch: a number that is in no shape by chance. */
export const BATCH = 1009;

/**
 * What becomes of a call: the leaf in its place is given to what comes after, such as the activation; undefined if it
 * is looked into.
 */
export type Cut = (call: Call) => ((leaf: Tensor) => Tensor) | undefined;

/** Traces a model as it is in training or in predictions. */
export function traceOf({ definition }: Network, training: boolean, cut: Cut): Trace {
  const { inputs: ends, layers, forward } = definition;
  const key = inputOf('key', [KEY_WORDS], 'int32');
  const run: Run = training ? { training, key: () => key } : { training };
  const calls = new Map<Tensor, Call>();
  const findings = new Findings();
  const inputs = placeholders(ends, BATCH);
  const recording = new Recording(layers, run, findings, '', (t) => t, calls, cut);
  const output = inTrace('the function of a model', () => recording.output(forward, byName(ends, inputs)));
  check(
    findings.masks === undefined,
    () =>
      'the model has masks that flow from layer to layer, which modules of PyTorch know nothing of: give them to the layers that use them, ' +
      'as { x, mask } or { sequence, mask }; or make the model without masks, load into that, and copyWeightsFrom(it)',
  );
  const outputs = output instanceof Tensor ? [output] : Object.values(output as Record<string, Tensor>);
  return { inputs, outputs, calls, updates: [...findings.updates.keys()], penalized: findings.penalties.length > 0 };
}

/** What a layer was called with, if that is a tensor, or has one that is as long as the output. */
function operandsOf(input: unknown): Pick<Call, 'input' | 'more'> | undefined {
  if (input instanceof Tensor) return { input, more: {} };
  const { query, sequence = query, ...more } = input as Readonly<Record<string, Tensor | undefined>>;
  const others = Object.entries(more).filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor);
  return sequence instanceof Tensor ? { input: sequence, more: Object.fromEntries(others) } : undefined;
}

/** What a layer has, and the layers that it has called. */
function variablesOf({ path }: BuiltLayer, calls: readonly LayerCall[]): Record<string, Tensor> {
  const own = calls.filter(({ built }) => built.path === path || built.path.startsWith(`${path}.`));
  const named = own.flatMap(({ built, parameters, state }) => {
    const prefix = built.path === path ? '' : `${built.path.slice(path.length + 1)}.`;
    return Object.entries({ ...parameters, ...state }).map(([name, t]) => [`${prefix}${name}`, t] as const);
  });
  return Object.fromEntries(named);
}

class Recording extends Forward {
  constructor(
    layers: Layers,
    run: Run,
    findings: Findings,
    prefix: string,
    own: (t: Tensor) => Tensor,
    readonly calls: Map<Tensor, Call>,
    readonly cut: Cut,
  ) {
    super(layers, run, findings, false, prefix, own);
  }

  override call(layer: AnyLayer, input: unknown): unknown {
    const before = this.findings.calls.length;
    const output = super.call(layer, input);
    const { built } = this.findings.calls.at(-1)!;
    if (built.nested) return this.#inside(built, layer.definition as NestedDefinition, input);
    const given = operandsOf(input);
    if (!(given && output instanceof Tensor)) return output;
    const { kind, signature = [] } = layer.definition as LayerDefinition;
    const path = this.prefix + built.path;
    const variables = variablesOf(built, this.findings.calls.slice(before));
    const call = { kind, path, signature, ...given, output, variables, frozen: !this.run.training };
    const after = this.cut(call);
    if (!after) return output;
    const leaf = inputOf(path, output.shape);
    this.calls.set(leaf, call);
    return after(leaf);
  }

  /** Runs a model inside of this one once more, to see its layers. */
  #inside({ path, adopted }: BuiltLayer, { nested }: NestedDefinition, input: unknown): unknown {
    const { layers, forward } = nested.network.definition;
    const run = { ...this.run, training: this.run.training && nested.trainable };
    const own = (t: Tensor): Tensor => this.own(adopted.get(t)!);
    const prefix = `${this.prefix}${path}.`;
    return new Recording(layers, run, this.findings, prefix, own, this.calls, this.cut).output(forward, input);
  }
}
