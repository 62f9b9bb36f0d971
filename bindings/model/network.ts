// A network: the memory of a model's parameters and states, and runs of its function on them. Not here: what it
// computes (definition.ts), training (training.ts), and what users see (model.ts).

import { check, show } from '../errors.js';
import { ownerOf } from '../graph.js';
import type { InputAttrs } from '../ops/movement.js';
import { type Parameter, ParameterBlock } from '../optimizers/parameters.js';
import type { Runner } from '../run/runner.js';
import { inTrace } from '../scope.js';
import { sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Definition } from './definition.js';
import { byName, placeholders, readOutputs } from './ends.js';
import { Findings, Forward, type Run } from './forward.js';
import { draw, initialValues, isDrawn } from './initial.js';
import type { BuiltLayer, Variable } from './layers.js';

/** The outputs of a run, and what it found. */
export interface Ran {
  readonly outputs: readonly Tensor[];
  readonly findings: Findings;
}

export class Network {
  /** Where all parameters and states lie, those of models inside of it, too. */
  readonly places = new Map<Tensor, number>();
  /** Its own memory: what is trained, then what is not. */
  readonly blocks: readonly ParameterBlock[];
  /** Models inside of it, whose memory it uses. */
  readonly inner: readonly Network[];
  /** The layers that these are. */
  readonly #nested: readonly BuiltLayer[];
  /** How many networks use its memory. */
  #users = 1;
  /** The name of the method at work on its memory (model.ts). */
  busy: string | undefined;
  /** Set while `trainer` traces a step on its memory: what `apply` finds for its states. */
  live: Findings | undefined;

  /** @param like another one, whose values are copied; by default they are new ones, of the initializers */
  constructor(
    readonly runner: Runner,
    readonly definition: Definition,
    like?: Network,
  ) {
    const { variables, all } = definition.layers;
    this.#nested = like ? [] : all.filter(({ nested }) => nested);
    this.inner = [...new Set(this.#nested.map(({ nested }) => nested!.network))];
    for (const { nested, adopted } of this.#nested) {
      const { network } = nested!;
      check(network.runner === runner, () => 'the model inside was made before init() was called again');
      check(network.#users > 0, () => 'the model inside was disposed');
      for (const [theirs, tensor] of adopted) this.places.set(tensor, network.places.get(theirs)!);
    }
    const mine = variables.filter(({ tensor }) => !this.places.has(tensor));
    const drawn = !like && isDrawn(definition, mine);
    const values = like || drawn ? undefined : initialValues(mine);
    const blockOf = (trained: boolean): ParameterBlock => {
      const some = mine.filter(({ trainable }) => trainable === trained);
      return new ParameterBlock(
        runner,
        some.map(({ tensor }) => tensor),
        this.places,
      );
    };
    this.blocks = mine.every(({ trainable }) => trainable) ? [blockOf(true)] : [blockOf(true), blockOf(false)];
    if (drawn) draw(this, mine);
    // Views of the other one only now: memory may have grown for the blocks, which leaves older views empty.
    else mine.forEach(({ tensor }, i) => void this.view(tensor).set(values ? values[i]! : like!.view(tensor)));
    for (const network of this.inner) network.retain();
  }

  get variables(): readonly Variable[] {
    return this.definition.layers.variables;
  }

  /** What training changes. */
  get trainable(): Parameter[] {
    const all = this.#parameters;
    return this.variables.filter(({ trainable }) => trainable).map(({ tensor }) => all.get(tensor)!);
  }

  /** All parameters and states, by the tensors that stand for them. */
  get #parameters(): Map<Tensor, Parameter> {
    const all = new Map(this.blocks.flatMap(({ parameters }) => parameters.map((p) => [p.tensor, p])));
    for (const { nested, adopted } of this.#nested) {
      const theirs = nested!.network.#parameters;
      for (const [t, tensor] of adopted) {
        const { name } = tensor.attrs as InputAttrs; // by which optimizers choose
        all.set(tensor, { ...theirs.get(t)!, tensor, name });
      }
    }
    return all;
  }

  /** The memory of a variable, without a copy. Do not keep the view: it is of no use any more when memory has grown. */
  view(tensor: Tensor): Float32Array | Float64Array {
    const at = this.places.get(tensor)! / 4;
    return this.runner.memory.f.subarray(at, at + tensor.size);
  }

  /** Its own memory and that of the models inside. */
  get allBlocks(): ParameterBlock[] {
    return [...this.blocks, ...this.inner.flatMap((network) => network.allBlocks)];
  }

  /** The outputs for a batch, and what the run found. */
  run(inputs: readonly Tensor[], run: Run): Ran {
    const { inputs: ends, outputs, layers, forward } = this.definition;
    const findings = new Findings();
    const frame = new Forward(layers, run, findings, false);
    const batch = inputs[0]!.shape[0]!;
    const output = inTrace('the function of a model', () => frame.output(forward, byName(ends, inputs)));
    const { names, tensors } = readOutputs('the model', output, batch);
    tensors.forEach((t, i) => {
      const shape = outputs.specs[i]?.shape;
      check(shape !== undefined && names?.[i] === outputs.names?.[i] && sameShape(t.shape.slice(1), shape), () => {
        const what = names ? `the output ${names[i]}` : 'the output';
        return `${what} is ${show(t)} now, and was ${shape ? shapeText(['n' as never, ...shape]) : 'not there'} when the model was made`;
      });
    });
    return { outputs: tensors, findings };
  }

  /** The tensors whose elements the outputs are, whatever their shape: made by the last ops, for one sample. */
  get lastTensors(): Tensor[] {
    const x = placeholders(this.definition.inputs, 1);
    return this.run(x, { training: false }).outputs.map(ownerOf);
  }

  /** Keeps its memory for one user more, until `dispose` was called once more. */
  retain(): void {
    this.#users++;
  }

  /** Gives its memory back, when nobody else uses it. */
  dispose(): void {
    if (--this.#users > 0) return;
    for (const block of this.blocks) block.dispose();
    for (const network of this.inner) network.dispose();
  }
}
