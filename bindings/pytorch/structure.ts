// What a model of wasmgrad is as a module of PyTorch: its modules, the lines of its forward function, and for each
// variable the name and the arrangement that it has there. Not here: the rows of layers (rules.ts) and ops
// (functions.ts), and files.

import { check } from '../errors.js';
import { graphOf } from '../graph.js';
import type { Variable } from '../model/layers.js';
import type { Network } from '../model/network.js';
import { plainOf } from '../ops/plain.js';
import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { expressionOf, leafName, type Operands, samples } from './functions.js';
import { type Layout, sameLayout } from './layout.js';
import { py, pyName } from './python.js';
import type { Rule } from './rule.js';
import { cutOf, ruleOf } from './rules.js';
import { linesOf, ref, type Statement } from './statements.js';
import { BATCH, type Call, type Trace, traceOf } from './trace.js';
import { type Weight, weightOf } from './weights.js';

/** A module, by its path: 'block.conv2d'. */
export interface Submodule {
  readonly path: string;
  readonly text: string;
}

/** A model as a module of PyTorch. */
export interface Structure {
  /** The arguments of forward. */
  readonly inputs: readonly string[];
  readonly modules: readonly Submodule[];
  /** Variables of layers that PyTorch does not have. */
  readonly bare: readonly Weight[];
  /** Constants, by name. */
  readonly buffers: ReadonlyMap<string, string>;
  /** Classes that it needs besides. */
  readonly helpers: readonly string[];
  /** Of the forward function. */
  readonly lines: readonly string[];
  /** What it returns. */
  readonly results: readonly string[];
  /** Modules that run as in predictions, in training, too. */
  readonly frozen: readonly string[];
  /** They hold all variables; module by module in the order of their first calls. */
  readonly weights: readonly Weight[];
  /** What is not written here. */
  readonly unwritten: string | undefined;
  /** A penalty is added to its loss. */
  readonly penalized: boolean;
  /** What another net may do in another order. */
  readonly ambiguous: string | undefined;
}

/** The structure of a model. */
export function structureOf(network: Network): Structure {
  const [training, predicting] = [true, false].map((mode) => {
    return new Writer(network, traceOf(network, mode, cutOf)).structure;
  }) as [Structure, Structure];
  const same = training.lines.join('\n') === predicting.lines.join('\n');
  const unwritten = same ? undefined : 'it computes something else in training than in predictions';
  return { ...training, unwritten: training.unwritten ?? unwritten };
}

/** The largest constant that is written as text. */
const MAX_CONSTANT = 1000;

class Writer implements Operands {
  readonly #network: Network;
  readonly #trace: Trace;
  readonly #statements: Statement[] = [];
  /** What PyTorch has for each tensor: its number, and how it lies there. */
  readonly #values = new Map<Tensor, { readonly text: string; readonly layout: Layout }>();
  /** Those that were brought into another layout. */
  readonly #moved = new Map<string, string>();
  /** Of tensors that had their channels first, and have them last. */
  readonly #ranks = new Set<number>();
  readonly #modules = new Map<string, { readonly text: string; readonly layout: Layout }>();
  readonly #buffers = new Map<string, string>();
  readonly #helpers = new Set<string>();
  readonly #frozen = new Set<string>();
  readonly #weights = new Map<Tensor, Weight>();
  readonly #bare: Weight[] = [];
  readonly #variables: ReadonlyMap<Tensor, Variable>;
  #count = 0;
  #unwritten: string | undefined;
  #ambiguous: string | undefined;

  constructor(network: Network, trace: Trace) {
    this.#network = network;
    this.#trace = trace;
    this.#variables = new Map(network.variables.map((variable) => [variable.tensor, variable]));
  }

  get structure(): Structure {
    const { inputs, outputs, updates, penalized } = this.#trace;
    const { names } = this.#network.definition.inputs;
    const given = names?.map(pyName) ?? ['x'];
    inputs.forEach((t, i) => {
      this.#count++;
      this.#values.set(t, { text: ref(i), layout: isImages(t) ? 'first' : 'last' });
    });
    const { nodes } = graphOf({ outputs: [...outputs], effects: [] }, (t) => this.#inputsOf(t));
    for (const node of nodes) if (!this.#values.has(node) && !this.#variables.has(node)) this.#write(node, nodes);
    const results = outputs.map((t) => this.#numbered(isImages(t) ? this.first(t) : this.last(t)));
    for (const { tensor } of this.#network.variables) if (!this.#weights.has(tensor)) this.#bareWeight(tensor);
    const own = updates.find((state) => this.#bare.some(({ variables }) => variables[0]!.tensor === state));
    if (own) this.#refuse(`${leafName(own)} is a state that the layer updates itself`);
    const weights = [...new Set(this.#weights.values())];
    const twice = repeated(weights.map(({ name }) => name));
    check(twice === undefined, () => `two layers are called ${twice} in Python: give one of them another name`);
    const written = linesOf(this.#statements, given, results);
    return {
      inputs: given,
      modules: [...this.#modules].map(([path, { text }]) => ({ path, text })),
      bare: this.#bare,
      buffers: this.#buffers,
      helpers: [...this.#helpers],
      ...written,
      frozen: [...this.#frozen],
      weights,
      unwritten: this.#unwritten,
      penalized,
      ambiguous: this.#ambiguous,
    };
  }

  #inputsOf(t: Tensor): readonly Tensor[] {
    const call = this.#trace.calls.get(t);
    if (call) return [call.input, ...Object.values(call.more)];
    return t.op.name === 'customGradient' ? [plainOf(t)] : t.inputs; // the others are for its derivative
  }

  #refuse(why: string): void {
    this.#unwritten ??= why;
  }

  get input(): string {
    return ref(0);
  }

  helper(text: string): void {
    this.#helpers.add(text);
  }

  ambiguous(what: string): void {
    this.#ambiguous ??= what;
  }

  moved(rank: number): boolean {
    return this.#ranks.has(rank);
  }

  move(rank: number): void {
    this.#ranks.add(rank);
  }

  layoutOf(t: Tensor): Layout {
    return this.#valueOf(t).layout;
  }

  ref(t: Tensor): string {
    return this.#valueOf(t).text;
  }

  /** That of a variable is made when it is read: it may be a weight of a module that was written before. */
  #valueOf(t: Tensor): { readonly text: string; readonly layout: Layout } {
    return this.#values.get(t) ?? { text: `self.${this.#bareWeight(t).name}`, layout: 'last' };
  }

  /** A new variable. */
  #say(text: string, how: Pick<Statement, 'wraps' | 'moves'> = {}): string {
    const target = this.#count++;
    this.#statements.push({ target, text, ...how });
    return ref(target);
  }

  /** The number of a variable that has this text. */
  #numbered(text: string): number {
    const [, variable] = /^\u00a7(\d+)\u00a7$/.exec(text) ?? [];
    return variable === undefined ? this.#numbered(this.#say(text)) : Number(variable);
  }

  #once(key: string, text: () => string): string {
    const had = this.#moved.get(key);
    if (had !== undefined) return had;
    const made = this.#say(text(), { moves: true });
    this.#moved.set(key, made);
    return made;
  }

  last(t: Tensor): string {
    const { text, layout } = this.#valueOf(t);
    if (layout === 'last') return text;
    if (layout === 'first') {
      this.move(t.shape.length);
      return this.#once(`last ${t.id}`, () => `${text}.movedim(1, -1)`);
    }
    const { of, order } = layout;
    this.ambiguous(`it goes on with ${samples(t.shape)}, which were flattened`);
    if (of === undefined) {
      const back = new Int32Array(order.length);
      order.forEach((j, i) => void (back[j] = i));
      return this.#once(`last ${t.id}`, () => `${text}[:, ${this.#constant(back, [back.length], 'torch.int64')}]`);
    }
    const sizes = py([of.at(-1)!, ...of.slice(0, -1)]);
    return this.#once(`last ${t.id}`, () => `${text}.unflatten(1, ${sizes}).movedim(1, -1).flatten(1)`);
  }

  first(t: Tensor): string {
    const { text, layout } = this.#valueOf(t);
    return layout === 'first' ? text : this.#once(`first ${t.id}`, () => `${this.last(t)}.movedim(-1, 1)`);
  }

  #write(node: Tensor, nodes: readonly Tensor[]): void {
    const call = this.#trace.calls.get(node);
    const { op } = node;
    if (call) this.#writeCall(node, call);
    else if (op.name === 'input') this.#writeKey(node, nodes);
    else if (op.name === 'constant') this.#writeConstant(node);
    else {
      const written = expressionOf(node, this);
      if (typeof written !== 'string') this.#keep(node, written.text, written.layout, written.wraps);
      else {
        const { origin } = node;
        this.#refuse(origin ? `${written}, in ${origin}` : written);
        this.#keep(node, 'None', 'last');
      }
    }
  }

  /** What PyTorch has for a tensor. */
  #keep(node: Tensor, text: string, layout: Layout, wraps = false): void {
    const isVariable = /^\u00a7\d+\u00a7$/.test(text);
    this.#values.set(node, { text: isVariable ? text : this.#say(text, { wraps }), layout });
  }

  #writeKey(node: Tensor, nodes: readonly Tensor[]): void {
    const drawn = nodes.find(({ inputs }) => inputs.includes(node));
    this.#refuse(`${drawn?.origin ?? 'its function'} draws random numbers as no layer of PyTorch does`);
    this.#values.set(node, { text: 'None', layout: 'last' });
  }

  #bareWeight(tensor: Tensor): Weight {
    const known = this.#weights.get(tensor);
    if (known) return known;
    const variable = this.#variables.get(tensor)!;
    const weight = weightOf(pathName(variable.name), [variable]);
    this.#weights.set(tensor, weight);
    this.#bare.push(weight);
    return weight;
  }

  #writeConstant(node: Tensor): void {
    const { data } = node.attrs as { data: ArrayLike<number> };
    if (node.size === 1 && node.shape.length === 0) {
      this.#values.set(node, { text: py(data[0]), layout: 'last' });
      return;
    }
    const { shape, size } = node;
    const fits = size <= MAX_CONSTANT && !shape.some((d) => d > 0 && d % BATCH === 0);
    if (!fits) this.#refuse(`it has a constant of ${size} numbers`);
    const text = fits ? this.#constant(data, shape, node.dtype === 'int32' ? 'torch.int32' : undefined) : 'None';
    this.#values.set(node, { text, layout: 'last' });
  }

  /** An array that is a part of the module, and of no file. */
  #constant(data: ArrayLike<number>, shape: Shape, dtype?: string): string {
    const name = `constant${this.#buffers.size + 1}`;
    const values = py(Array.from(data)).replace(/^\((.*?),?\)$/, '[$1]');
    const type = dtype ? `, dtype=${dtype}` : '';
    this.#buffers.set(
      name,
      `torch.tensor(${values}${type})${shape.length === 1 ? '' : `.reshape(${shape.join(', ')})`}`,
    );
    return `self.${name}`;
  }

  #writeCall(node: Tensor, call: Call): void {
    const { input } = call;
    const layout = this.layoutOf(input);
    const path = modulePath(call);
    const known = this.#modules.get(path)?.layout;
    const rule = ruleOf(call, known ?? layout)!;
    const { takes } = rule;
    const x = this.#operand(input, rule, known);
    const at = takes === 'first' || takes === 'last' ? takes : takes === 'any' ? layout : (known ?? layout);
    const paths = rule.modules.map(({ name }) => (name === undefined ? path : `${path}.${name}`));
    rule.modules.forEach((module, i) => {
      const key = paths[i]!;
      const had = this.#modules.get(key);
      if (had && had.text !== module.text) this.#refuse(`${path} is called with different samples`);
      this.#modules.set(key, { text: module.text, layout: at });
      for (const [name, [parts, how]] of Object.entries(module.tensors)) {
        const variables = [parts].flat().map((part) => this.#variables.get(call.variables[part]!)!);
        const weight = weightOf(`${key}.${name}`, variables, how);
        for (const { tensor } of variables) this.#weights.set(tensor, weight);
      }
      const { trainable } = (call.signature.at(-1) ?? {}) as { trainable?: boolean };
      if (rule.trains && (call.frozen || trainable === false)) this.#frozen.add(key);
    });
    for (const helper of rule.helpers ?? []) this.#helpers.add(helper);
    const read = (rule.reads ?? []).map((t) => this.last(t));
    const text = rule.code(x, ...paths.map((each) => `self.${each}`), ...read);
    const gives = rule.gives ?? at;
    this.#keep(node, text, node.shape.length < 3 && gives === 'first' ? 'last' : gives);
  }

  /** The input of a call in the layout that the module has. */
  #operand(input: Tensor, { takes }: Rule, known: Layout | undefined): string {
    if (takes === 'first') return this.first(input);
    if (takes === 'last') return this.last(input);
    if (takes === 'any' || known === undefined || sameLayout(known, this.layoutOf(input))) return this.ref(input);
    if (known !== 'last') this.#refuse('a layer is called with features in different orders');
    return this.last(input);
  }
}

/** Images go in and out as PyTorch has them, [n, channels, height, width]; all else is as it is here. */
export const isImages = ({ shape }: { readonly shape: Shape }): boolean => shape.length === 4;

/** The first name that is there twice. */
const repeated = (names: readonly string[]): string | undefined => names.find((name, i) => names.indexOf(name) !== i);

/**
 * The path of the module of a layer: that of its variables, if it has some, since a model inside of another one has one
 * name.
 */
function modulePath({ path, variables }: Call): string {
  const [first] = Object.entries(variables);
  return pathName(first ? leafName(first[1]).slice(0, -first[0].length - 1) : path);
}

/** A path of ours as one of Python. */
const pathName = (path: string): string => path.split('.').map(pyName).join('.');
