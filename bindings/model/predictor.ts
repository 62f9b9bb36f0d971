// What computes the outputs of a model for samples: a program for each number of them. A model shares it with its
// clones, and it is bound to the parameters of the one that is asked. Not here: models (model.ts).

import { ProgramCache } from '../cache.js';
import { check, checkIs } from '../errors.js';
import { ownerOf } from '../graph.js';
import { options, type Rules, rule, whole } from '../options.js';
import { Program } from '../program.js';
import { sizeOf } from '../shape.js';
import { constantOf, type StoredData, type Tensor, type TensorData } from '../tensor.js';
import { inputsOf, sliceRows } from './data.js';
import { byName, placeholders } from './ends.js';
import type { Network } from './network.js';

/** Options of `predict`. */
export interface PredictOptions {
  /** How many samples are computed at once; default 256. It changes memory and speed only. */
  readonly batchSize?: number | undefined;
  /**
   * An array that the output is written to, which is then returned in place of a tensor: for models with one output.
   */
  readonly out?: Float32Array | Float64Array | undefined;
}

const predictOptions = options({
  batchSize: whole(256),
  out: rule<Float32Array | Float64Array, undefined>(undefined, (what, given) => {
    checkIs(given instanceof Float32Array || given instanceof Float64Array, what, 'a Float32Array', given);
  }),
} satisfies Rules<PredictOptions>);

interface Made {
  readonly program: Program;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** The programs of a model and its clones, by the number of samples. */
export class Programs extends ProgramCache<number, Made> {
  /** How many models use them. */
  users = 0;
}

/** Computes the outputs of one model. */
export class Predictor {
  readonly #network: Network;
  readonly #programs: Programs;
  /** Of an output for one sample. */
  readonly #sizes: readonly number[];

  constructor(network: Network) {
    const { predictions, outputs } = network.definition;
    this.#network = network;
    this.#programs = predictions;
    this.#programs.users++;
    this.#sizes = outputs.specs.map(({ shape }) => sizeOf(shape));
  }

  /**
   * What `predict` does of an array of floats with nothing but an array for the output, without any garbage; undefined
   * if it is not as simple as that, or for the first time.
   */
  quick(x: unknown, given: PredictOptions | undefined): unknown {
    const { inputs, outputs } = this.#network.definition;
    const out = given?.out;
    if (!(x instanceof Float32Array && out instanceof Float32Array) || inputs.names || outputs.names) return undefined;
    for (const name in given) if (name !== 'out') return undefined;
    const count = x.length / sizeOf(inputs.specs[0]!.shape);
    const made = this.#programs.get(count);
    if (!made || made.inputs[0]!.dtype === 'int32' || out.length !== count * this.#sizes[0]!) return undefined;
    this.#run(made, [x], [out], 0);
    return out;
  }

  predict(x: unknown, given: PredictOptions | undefined): unknown {
    const { batchSize, out } = predictOptions('predict', given);
    const { definition, runner } = this.#network;
    const { inputs, outputs } = definition;
    const rows = inputsOf('x', x, inputs);
    const { count } = rows[0]!;
    if (out) checkOut(out, this.#sizes.length, count * this.#sizes[0]!);
    const values: TensorData[] = out ? [out] : this.#sizes.map((size) => new runner.Floats(count * size));
    for (let from = 0; from < count; from += batchSize) {
      const to = Math.min(from + batchSize, count);
      const made = this.#programs.get(to - from) ?? this.#programs.keep(to - from, this.#make(to - from));
      const data = rows.map((row) => sliceRows(row, from, to).data);
      this.#run(made, data, values, from);
    }
    if (out) return out;
    return byName(
      outputs,
      values.map((data, i) => constantOf(data, [count, ...outputs.specs[i]!.shape])),
    );
  }

  /** Computes the outputs for some rows, and writes them from row `from` on. */
  #run({ program, inputs, outputs }: Made, data: readonly StoredData[], to: readonly TensorData[], from: number): void {
    program.bind(this.#network.places);
    for (let i = 0; i < inputs.length; i++) program.write(inputs[i]!, data[i]!);
    program.run();
    for (let i = 0; i < outputs.length; i++) program.copyTo(outputs[i]!, to[i]!, from * this.#sizes[i]!);
  }

  #make(count: number): Made {
    const { definition, places, runner } = this.#network;
    const inputs = placeholders(definition.inputs, count);
    const ran = this.#network.run(inputs, { training: false });
    // No output may be a parameter itself: it would be read where the first model has it.
    const outputs = ran.outputs.map((t) => (places.has(ownerOf(t)) ? t.mul(1) : t));
    const options = { places, inputs, what: `predict of ${count} samples` };
    return { program: new Program(runner, { outputs, effects: [] }, options), inputs, outputs };
  }

  /** Gives the memory of the programs back, if no clone uses them. */
  dispose(): void {
    if (--this.#programs.users === 0) this.#programs.clear();
  }
}

function checkOut(out: Float32Array | Float64Array, outputs: number, size: number): void {
  check(outputs === 1, () => `predict: out is for models with one output, this one has ${outputs}`);
  check(out.length === size, () => `predict: out has ${out.length} elements, the output has ${size}`);
}
