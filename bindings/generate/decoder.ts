// What computes the scores of the next token of sequences, and keeps what layers remember of the tokens before.
// Programs are those of the model's structure, one for prompts of each length and one for single steps; what is
// remembered is that of one sequence, or of a batch that goes on together. Not here: which token is chosen
// (sampling.ts).

import { ProgramCache } from '../cache.js';
import { ones } from '../creation.js';
import { check, show, WasmgradError } from '../errors.js';
import { Decoding } from '../layers/decoding.js';
import { marked, maskOf } from '../layers/masks.js';
import type { Definition } from '../model/definition.js';
import { byName } from '../model/ends.js';
import { Findings, Forward } from '../model/forward.js';
import type { Network } from '../model/network.js';
import { slice } from '../ops/slicing.js';
import { Program } from '../program.js';
import type { Block, Memory } from '../run/memory.js';
import { inTrace } from '../scope.js';
import { sameShape, shapeText } from '../shape.js';
import { inputOf, Tensor, type TensorData } from '../tensor.js';

/** What a program computes. */
interface Trace {
  readonly tokens: Tensor;
  readonly position: Tensor;
  /** The scores behind the last of the steps, [n, vocabulary]. */
  readonly logits: Tensor;
  readonly decoding: Decoding;
}

interface Made extends Trace {
  readonly program: Program;
}

/** Of all generations of a structure, by number of sequences, steps and capacity. */
const programs = /*@__PURE__*/ new WeakMap<Definition, ProgramCache<string, Made>>();

/** The fewest steps that there is room for; whenever these are used up, there is room for twice as many. */
const LEAST_CAPACITY = 64;

/** Where a generation has what layers remember. */
interface Remembered {
  readonly memory: Memory;
  readonly block: Block;
  readonly decoding: Decoding;
  /** Of these leaves, and of the parameters. */
  readonly places: ReadonlyMap<Tensor, number>;
}

/** Goes through sequences of the same length, step by step. */
export class Decoder {
  /** The tokens so far, step by step, those of all sequences side by side. */
  readonly #tokens: number[] = [];
  #remembered: Remembered | undefined;
  #longest = Infinity;

  /** @param count how many sequences; @param remembers whether each step is computed alone */
  constructor(
    readonly count: number,
    readonly remembers: boolean,
  ) {}

  /** How many steps there are. */
  get length(): number {
    return this.#tokens.length / this.count;
  }

  /** Whether there can be no more steps. */
  get isFull(): boolean {
    return this.length >= this.#longest;
  }

  /**
   * Adds steps, [steps, n]; returns the scores of the next tokens, [n, vocabulary]. The first call may add many, others
   * one.
   */
  logits(network: Network, steps: ArrayLike<number>): TensorData {
    const from = this.remembers ? this.length : 0;
    for (let i = 0; i < steps.length; i++) this.#tokens.push(steps[i]!);
    const { program, decoding, tokens, position, logits } = this.#programFor(network, from);
    this.#longest = decoding.longest;
    program.bind(this.#placesFor(network, decoding));
    program.write(tokens, this.#rows(from));
    program.write(position, [from]);
    program.run();
    return program.read(logits);
  }

  /** The tokens from a step on, sequence by sequence. */
  #rows(from: number): Int32Array {
    const [n, time] = [this.count, this.length - from];
    const rows = new Int32Array(n * time);
    for (let t = 0; t < time; t++) for (let i = 0; i < n; i++) rows[i * time + t] = this.#tokens[(from + t) * n + i]!;
    return rows;
  }

  /** The program for the steps from there on. */
  #programFor(network: Network, from: number): Made {
    const { definition, runner } = network;
    const known = programs.get(definition) ?? new ProgramCache<string, Made>();
    programs.set(definition, known);
    const [time, capacity] = [this.length - from, this.remembers ? capacityFor(this.length) : 0];
    const key = `${[this.count, time, capacity, from === 0]}`;
    const made = known.get(key);
    if (made) return made;
    const trace = traced(network, this.count, time, capacity, from === 0);
    const { tokens, position, logits, decoding } = trace;
    const program = new Program(
      runner,
      { outputs: [logits], effects: decoding.isWhole ? [] : decoding.effects },
      { places: this.#placesFor(network, decoding), inputs: [tokens, position], what: 'a step of generate' },
    );
    return known.keep(key, { ...trace, program });
  }

  /** Where the leaves of a program lie for this generation. */
  #placesFor({ runner, places: parameters }: Network, decoding: Decoding): ReadonlyMap<Tensor, number> {
    if (decoding.isWhole) return parameters;
    const before = this.#remembered;
    if (before?.decoding === decoding) return before.places;
    const isSame = before?.decoding.capacity === decoding.capacity;
    const { memories } = decoding;
    const bytes = memories.reduce((sum, { leaf }) => sum + bytesFor(leaf), 0);
    const { memory } = runner;
    const block = isSame ? before!.block : memory.alloc(bytes, 'what generate remembers');
    const places = new Map(parameters);
    let { address } = block;
    for (const { leaf } of memories) {
      places.set(leaf, address);
      address += bytesFor(leaf);
    }
    this.#remembered = { memory, block, decoding, places };
    if (before && !isSame) moved(before, this.#remembered);
    return places;
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#remembered?.memory.free(this.#remembered.block);
    this.#remembered = undefined;
  }
}

/** Of structures, up to how many steps they are known to mix these only by what layers remember. */
const checked = /*@__PURE__*/ new WeakMap<Definition, number>();

/** Steps of the sequence by which it is found out where the graph says that steps are kept apart. */
const FEW_STEPS = 16;

/**
 * Throws if the logits of sequences of up to `steps` steps depend on how they are computed: step by step, from what
 * layers remember, or from the whole sequence at once. If they differ, something mixes steps and remembers nothing: a
 * convolution, or an op of the model's function. The sequence is made up. It is a short one if the graph says that
 * steps are kept apart, else as long as what is written, since steps may be mixed over any distance.
 */
export function checkRemembering(network: Network, steps: number): void {
  const { definition } = network;
  if (checked.get(definition)! >= steps) return;
  const { longest } = stepsOf(network, definition.outputs.specs[0]!.shape[0]!); // the number that it was made with
  const count = Math.min(longest, Math.max(FEW_STEPS, 2 ** Math.ceil(Math.log2(steps))));
  const { isApart } = stepsOf(network, count);
  if (count > 1) compareLogits(network, isApart ? Math.min(FEW_STEPS, count) : count);
  checked.set(definition, count === longest ? Infinity : count);
}

/** Throws unless the logits of the last step, computed alone, are those of the whole sequence. */
function compareLogits(network: Network, count: number): void {
  const vocabulary = network.definition.outputs.specs[0]!.shape[1]!;
  const steps = Int32Array.from({ length: count }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 8) % vocabulary);
  const decoder = new Decoder(1, true);
  try {
    decoder.logits(network, steps.subarray(0, -1));
    const logits = decoder.logits(network, steps.subarray(-1)).slice();
    const expected = new Decoder(1, false).logits(network, steps);
    const most = Math.max(...Array.from(expected, Math.abs));
    const differs = Array.from(expected).some((value, i) => Math.abs(value - logits[i]!) > ROUNDING * most);
    check(!differs, () => {
      return 'generate: step by step the model returns other logits than for a whole sequence: a layer without a memory, or the function of the model, mixes steps; { cache: false } computes the whole sequence for each token';
    });
  } finally {
    decoder.dispose();
  }
}

/**
 * What the graph of that many steps says: whether all ops keep them apart but those of layers that remember, and how
 * many there may be. A mask that is given to the tokens comes through to the logits only so.
 */
export function stepsOf(network: Network, time: number): { readonly isApart: boolean; readonly longest: number } {
  const decoding = new Decoding(undefined, LEAST_CAPACITY, false);
  const tokens = inputOf('tokens', [2, time], 'int32');
  try {
    const output = outputFor(network, tokens, decoding, () => marked(tokens, ones([2, time])));
    return { isApart: output instanceof Tensor && maskOf(output) !== undefined, longest: decoding.longest };
  } catch (error) {
    if (!(error instanceof WasmgradError)) throw error;
    return { isApart: false, longest: decoding.longest }; // an op that mixes steps, or what the next run says as well
  }
}

/** Logits that differ by less, in proportion to the largest, differ by rounding. */
const ROUNDING = 1e-3;

const capacityFor = (steps: number): number => Math.max(LEAST_CAPACITY, 2 ** Math.ceil(Math.log2(steps)));

/** Bytes of what is remembered, in whole cache lines. */
const bytesFor = ({ size }: Tensor): number => Math.ceil((size * 4) / 64) * 64;

/** Copies what is remembered to where there is room for more, and gives the memory of before back. */
function moved(from: Remembered, to: Remembered): void {
  const { memory } = to;
  to.decoding.memories.forEach(({ leaf, isOfSteps }, i) => {
    const { leaf: old } = from.decoding.memories[i]!;
    const [source, target] = [from.places.get(old)! / 4, to.places.get(leaf)! / 4];
    const rows = isOfSteps ? leaf.size / leaf.shape.at(-2)! / leaf.shape.at(-1)! : 1;
    const [had, has] = [old.size / rows, leaf.size / rows];
    for (let r = 0; r < rows; r++) memory.f.copyWithin(target + r * has, source + r * had, source + (r + 1) * had);
  });
  memory.free(from.block);
}

/**
 * Runs the model's function on `time` steps of `count` sequences; without room to remember any they are all there is.
 */
function traced(network: Network, count: number, time: number, capacity: number, isFirst: boolean): Trace {
  const tokens = inputOf('tokens', [count, time], 'int32');
  const position = inputOf('the position', [1], 'int32');
  const decoding = new Decoding(isFirst ? undefined : position, capacity, capacity === 0);
  const output = outputFor(network, tokens, decoding);
  const expected = [count, time, network.definition.outputs.specs[0]!.shape[1]!];
  check(output instanceof Tensor && sameShape(output.shape, expected), () => {
    return `generate: for tokens ${shapeText([count, time])} the model returned ${show(output)}, expected logits ${shapeText(expected)}: its function must take any number of steps`;
  });
  return { tokens, position, logits: slice(output, [null, -1]), decoding };
}

/** What the model's function returns for tokens; `before` runs in its frame. */
function outputFor({ definition }: Network, tokens: Tensor, decoding: Decoding, before?: () => void): unknown {
  const { layers, forward, inputs, outputs } = definition;
  const frame = new Forward(layers, { training: false }, Object.assign(new Findings(), { decoding }), false);
  const all: typeof forward = (input, context) => {
    before?.();
    return forward(input, context);
  };
  try {
    return inTrace('the function of a model', () => frame.output(all, byName(inputs, [tokens])));
  } catch (error) {
    const time = outputs.specs[0]!.shape[0]!;
    const isOurs = error instanceof WasmgradError && !error.message.startsWith('generate: ');
    if (!isOurs || tokens.shape[1] === time) throw error;
    throw new WasmgradError(
      `generate: the function of the model must take any number of steps, and for ${tokens.shape[1]} in place of the ${time} that it was made with it throws: ${error.message}`,
      { cause: error },
    );
  }
}
