// One run of a model's function, in which layers are called. Each finds its parameters by what it is: a layer that was
// made outside of the function by itself, one that the function makes anew in each run by its turn. Not here: what a
// layer is (layers/layer.ts), and which layers a model has (layers.ts).

import { check, checkIs, show, WasmgradError } from '../errors.js';
import { type Frame, inFrame } from '../layers/frame.js';
import type { Context, Layer, LayerDefinition } from '../layers/layer.js';
import type { MaskFlow } from '../layers/masks.js';
import { foldIn, KEY_WORDS } from '../ops/random.js';
import { inTrace } from '../scope.js';
import { sameShape } from '../shape.js';
import { inputOf, Tensor } from '../tensor.js';
import { flattenTree, isPlain, type Leaf } from '../tree.js';
import { type AnyLayer, type BuiltLayer, checkSpecs, describe, type Layers, present } from './layers.js';

/** How a model's function is run. */
export interface Run {
  readonly training: boolean;
  /** Makes what random numbers are drawn from; absent if there are none. */
  readonly key?: (() => Tensor) | undefined;
  /** Tensors in place of the parameters and states of the model; by default these stand for themselves, in programs. */
  readonly values?: ReadonlyMap<Tensor, Tensor> | undefined;
}

/** One call of a layer. */
export interface LayerCall {
  readonly built: BuiltLayer;
  /** Its path; of the second call 'dense (2)'. */
  readonly name: string;
  /** What stands for its parameters and states, by name. */
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly state: Readonly<Record<string, Tensor>>;
  readonly output: unknown;
  /** What it showed, by name. */
  readonly shown: ReadonlyMap<string, Tensor>;
}

/** What a run leaves besides its output. */
export class Findings {
  /** The next values of states. */
  readonly updates = new Map<Tensor, Tensor>();
  /** Scalars to be added to the loss. */
  readonly penalties: Tensor[] = [];
  readonly calls: LayerCall[] = [];
  /** Set if the run made a mask. */
  masks: MaskFlow | undefined;
}

/** Behind what a layer's call refuses stands the layer. */
const IN_LAYER = ' (in layer ';

/** A run of a model's function, or of that of a model inside of it. */
export class Forward implements Frame {
  /** The layer that is being called. */
  #within: BuiltLayer;
  /** The layers that the function made in this run. */
  readonly #made = new Map<AnyLayer, BuiltLayer>();
  /** How many of these were called, within each layer since it was called. */
  readonly #turns = new Map<BuiltLayer, number>();
  /** How often each layer was called. */
  readonly #counts = new Map<BuiltLayer, number>();

  /**
   * @param defining it is the first run, which finds the layers
   * @param prefix   of the paths of a model inside of another one
   * @param own      what stands for one of its variables there
   */
  constructor(
    readonly layers: Layers,
    readonly run: Run,
    readonly findings: Findings,
    readonly defining: boolean,
    readonly prefix = '',
    readonly own = (t: Tensor): Tensor => t,
  ) {
    this.#within = layers.root;
  }

  /** Calls the model's function. */
  output(forward: (input: never, context: Context) => unknown, input: unknown): unknown {
    const { root } = this.layers;
    const shown = new Map<string, Tensor>();
    const context = contextOf(this, root, 1, shown);
    const output = inFrame(this, () => forward(input as never, context));
    this.#checkTurns(root, 'the function');
    if (shown.size > 0) this.#note(root, 'model', output, shown);
    return output;
  }

  #note(built: BuiltLayer, name: string, output: unknown, shown: LayerCall['shown']): void {
    const parameters = mapValues(built.parameters, this.own);
    this.findings.calls.push({ built, name, parameters, state: mapValues(built.state, this.own), output, shown });
  }

  /** The value of a variable in this run. */
  valueOf(t: Tensor): Tensor {
    const own = this.own(t);
    return this.findings.updates.get(own) ?? this.run.values?.get(own) ?? own;
  }

  call(layer: AnyLayer, given: unknown): unknown {
    const input = isPlain(given) ? present(given) : given;
    checkTensors(`${layer.kind} was called with`, input);
    const within = this.#within;
    const built = this.#find(layer, input);
    const count = (this.#counts.get(built) ?? 0) + 1;
    this.#counts.set(built, count);
    const path = this.prefix + built.path;
    const shown = new Map<string, Tensor>();
    this.#within = built;
    this.#turns.delete(built);
    try {
      const output = inTrace(`the layer ${path}`, () => this.#compute(layer, built, input, count, shown));
      checkTensors(`layer ${path} returned`, output);
      this.#checkTurns(built, path);
      this.#note(built, count === 1 ? path : `${path} (${count})`, output, shown);
      return output;
    } catch (error) {
      // The innermost layer is named, with samples as the user knows them: ops see a batch. The cause has the line of a
      // user's own layer in its stack.
      if (!(error instanceof WasmgradError) || error.message.includes(IN_LAYER)) throw error;
      throw new WasmgradError(`${error.message}${IN_LAYER}${path} on ${describe(input)})`, { cause: error });
    } finally {
      this.#within = within;
    }
  }

  #compute(layer: AnyLayer, built: BuiltLayer, input: unknown, count: number, shown: Map<string, Tensor>): unknown {
    const context = contextOf(this, built, count, shown);
    const { nested } = built;
    if (nested) {
      const key = this.run.key && (() => context.key);
      const run = { ...this.run, training: this.run.training && nested.trainable, key };
      const { layers, forward } = nested.network.definition;
      const own = (t: Tensor): Tensor => this.own(built.adopted.get(t)!);
      const inner = new Forward(layers, run, this.findings, false, `${this.prefix}${built.path}.`, own);
      return inner.output(forward, input);
    }
    const { call } = layer.definition as LayerDefinition<unknown, unknown>;
    const parameters = mapValues(built.parameters, (t) => this.valueOf(t));
    return call.call(layer.definition, input, parameters, context);
  }

  /** Throws unless the function, or a layer, made as many layers in this call as in the first. */
  #checkTurns(within: BuiltLayer, path: string): void {
    const { length } = within.made;
    const turns = this.#turns.get(within) ?? 0;
    check(turns === length, () => {
      return `${path} made ${length} layers when the model was made, and ${turns} now: make layers that are not always called outside of it`;
    });
  }

  /** The layer of the model that `layer` is. */
  #find(layer: AnyLayer, input: unknown): BuiltLayer {
    const known = this.layers.byLayer.get(layer) ?? this.#made.get(layer);
    if (known) {
      checkSpecs(known, layer, input);
      return known;
    }
    const { kind, madeIn } = layer as Layer;
    if (madeIn === this) return this.#findMade(layer, input);
    check(!(madeIn instanceof Forward && madeIn.layers === this.layers), () => {
      return `${kind} was made in an earlier run of the function: make it outside`;
    });
    check(this.defining, () => {
      return `${kind} is called now and was not when the model was made: its parameters do not exist`;
    });
    const built = this.layers.add(layer, this.#within, input);
    this.layers.byLayer.set(layer, built);
    return built;
  }

  /** The same for a layer that this run made. */
  #findMade(layer: AnyLayer, input: unknown): BuiltLayer {
    const within = this.#within;
    const turn = this.#turns.get(within) ?? 0;
    this.#turns.set(within, turn + 1);
    const isNew = this.defining && (this.#counts.get(within) ?? 1) === 1 && turn === within.made.length;
    if (isNew) within.made.push(this.layers.add(layer, within, input));
    const built = within.made[turn];
    check(built?.kind === layer.kind, () => {
      return `layer ${turn} that the function makes is ${layer.kind} now, and was ${built ? built.kind : 'not there'} when the model was made: make layers that are not always called outside of it`;
    });
    if (!isNew) checkSpecs(built!, layer, input);
    this.#made.set(layer, built!);
    return built!;
  }
}

/** What one call of a layer gets, which may take it apart: ({ update, show }) => … */
function contextOf(forward: Forward, built: BuiltLayer, count: number, shown: Map<string, Tensor>): Context {
  const { run, findings, prefix } = forward;
  const where = prefix + built.path || 'the model';
  return {
    training: run.training,

    /**
     * Made of the path and the number of the call, so that another layer changes no other's draws. Where there is none,
     * it is what no program has a value for: a layer may take it, and not use it.
     */
    get key() {
      if (run.key) return foldIn(run.key(), hashOf(`${built.path}#${count}`));
      return inputOf(`a key for ${where}: there is one in training, or if { key } is passed`, [KEY_WORDS], 'int32');
    },

    get state() {
      return mapValues(built.state, (t) => forward.valueOf(t));
    },

    update: (name, value) => {
      const state = built.state[name];
      check(state !== undefined, () => `${where} has no state '${name}'; build says which there are`);
      const fits = value instanceof Tensor && sameShape(value.shape, state.shape) && value.dtype === state.dtype;
      check(fits, () => `${where}: the state ${name} is ${state}, its new value ${show(value)}`);
      findings.updates.set(forward.own(state), value);
    },

    show: (name, value) => {
      checkIs(value instanceof Tensor, `${where}: what it shows as ${name}`, 'a tensor', value);
      shown.set(name, value);
    },

    penalty: (value) => {
      const scalar = value instanceof Tensor && value.size === 1 && value.dtype === 'float32';
      check(scalar, () => `${where}: a penalty must be a scalar tensor, got ${show(value)}; reduce it with sum()`);
      findings.penalties.push(value.reshape([]));
    },
  };
}

const mapValues = <T, U>(of: Readonly<Record<string, T>>, f: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, f(value)]));

/** Throws unless `value` is a tensor or a tree of tensors. */
function checkTensors(what: string, value: unknown): void {
  const leaves: unknown[] = [];
  if (Array.isArray(value) || isPlain(value)) flattenTree(what, value, leaves as Leaf[]);
  else leaves.push(value);
  for (const leaf of leaves) check(leaf instanceof Tensor, () => `${what} ${show(leaf)}, expected a tensor`);
}

/** A 32-bit number of a text (FNV-1a: G. Fowler, L. Noll and P. Vo 1991). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
