// The training loop over batches that come one by one, for data larger than memory. The next batch is asked for before
// a step starts, so that it may be on its way meanwhile. On demand. Not here: the loop over data in memory (fit.ts).

import { showOn } from '../callbacks/bar.js';
import { type Callback, checkCallbacks, type Logs, type Progress, type TrainingModel } from '../callbacks/callback.js';
import type { Kept } from '../diagnose/kept.js';
import { check, checkIs, NonFiniteLossError } from '../errors.js';
import { anything, flag, options, type Rule, type Rules, rule, whole } from '../options.js';
import { fitParts } from '../run/runtime.js';
import { BatchReader, type BatchSource, partsOf } from './batchreader.js';
import { type ClassWeight, checkClassWeight, weightedByClass } from './classweights.js';
import { type ValidationLogs, validationLogs } from './compile.js';
import { copyOf, type DataLike, type DataSet, rowsOf } from './data.js';
import { checkSignal, endAll, type History, lossHint, remember, SCALE_HINT } from './fit.js';
import { aSignal, isSource, type Signal } from './fitoptions.js';
import { logsOf, type Means } from './means.js';
import type { Inside } from './model.js';
import { isLate, pause } from './pause.js';
import { MAX_PARTS, type Saved, type Training, type WrittenKind } from './training.js';
import { weighted } from './weights.js';

/** Options of `fitBatches`. */
export interface FitBatchesOptions<X = DataLike, Y = DataLike> {
  /** How often the model sees all batches; default 1. */
  readonly epochs?: number | undefined;
  /**
   * An epoch ends after this many batches, and the next one goes on behind them; batches that end are started anew. By
   * default an epoch ends with the batches, and each one starts them anew.
   */
  readonly stepsPerEpoch?: number | undefined;
  /**
   * A step by the mean gradient of so many batches, in the memory of one; default 1. The last step of an epoch may have
   * fewer.
   */
  readonly accumulate?: number | undefined;
  /** The number of the first epoch: `epochs` then says where to end; default 0. */
  readonly initialEpoch?: number | undefined;
  /**
   * [x, y], or [x, y, weights of the samples], which are copied when the training begins, or batches: to validate on.
   */
  readonly validationData?: readonly [x: X, y: Y, sampleWeight?: DataLike] | BatchSource<X, Y> | undefined;
  /** After every how many epochs it is validated; default 1. */
  readonly validationFreq?: number | undefined;
  /** Ends the training when it is aborted: it rejects with its reason, and the weights are those of the last step. */
  readonly signal?: Signal | undefined;
  /**
   * How much the samples of each class count while training: { 0: 1, 1: 5 }. 'balanced' would need all batches first.
   */
  readonly classWeight?: Exclude<ClassWeight, 'balanced'> | undefined;
  /** 1 shows how far it is: a bar in a terminal, else a line an epoch on the console; 0 (default) shows nothing. */
  readonly verbose?: 0 | 1 | undefined;
  /**
   * True adds `findings` to the history: what is wrong with the training, as `diagnose` of wasmgrad/diagnose says it.
   * For that up to 1,024 samples of the first pass are kept.
   */
  readonly diagnose?: boolean | undefined;
  /** Functions to be called while it trains. */
  readonly callbacks?: readonly Callback[] | undefined;
}

const fitBatchesOptions = options({
  epochs: whole(1),
  stepsPerEpoch: whole(undefined),
  accumulate: whole(1, 1, MAX_PARTS - 1),
  initialEpoch: whole(0, 0),
  validationData: anything<unknown>(),
  validationFreq: whole(1),
  signal: aSignal,
  classWeight: rule<Exclude<ClassWeight, 'balanced'>, undefined>(undefined, (what, given) => {
    check(
      given !== 'balanced',
      () => `${what}: 'balanced' needs all samples at once: give the weights, { 0: 1, 1: 5 }`,
    );
    checkClassWeight(what, given);
  }),
  verbose: whole(0, 0, 1) as Rule<0 | 1>,
  diagnose: flag(false),
  callbacks: rule<readonly Callback[], []>([], (_, given) => checkCallbacks(given)),
} satisfies Rules<Record<keyof FitBatchesOptions, unknown>>);

/** Samples that validation data in memory are measured on at once. */
const MEASURED = 256;

/** `fitBatches` for a model, and what `train` shows of it; `where` names it in errors. */
export async function runBatches(
  where: string,
  model: TrainingModel,
  inside: Inside,
  batches: unknown,
  [given, ...others]: readonly unknown[],
): Promise<History> {
  check(
    others.every((other) => other === undefined),
    () => `${where}: batches bring their labels along: ${where}(batches, options)`,
  );
  const plan = fitBatchesOptions(where, given);
  checkIs(
    isSource(batches) || Array.isArray(batches),
    `${where}: batches`,
    'an iterable, or a function that returns one',
    batches,
  );
  const reader = new BatchReader(`${where}: batches`, batches, plan.signal);
  const epochs = plan.epochs - plan.initialEpoch;
  check(epochs <= 1 || plan.stepsPerEpoch !== undefined || !reader.isUsedUp, () => {
    return `${where}: these batches can be gone through only once: for more than one epoch pass the function that makes them, or stepsPerEpoch`;
  });
  const callbacks = plan.verbose ? [...plan.callbacks, showOn()] : [...plan.callbacks];
  const loop = new BatchLoop(where, model, inside, reader, { ...plan, callbacks });
  let history: History;
  try {
    await loop.prepare();
    const { diagnose } = plan;
    history = await (diagnose ? (await fitParts()).diagnosed(model as never, inside, loop, loop) : loop.run());
  } catch (error) {
    const closed = reader.close().catch(() => {}); // the first error counts
    if (!plan.signal?.aborted) await closed; // else it may wait for a batch that never comes
    throw error;
  }
  await reader.close();
  return history;
}

type Plan = ReturnType<typeof fitBatchesOptions>;

/** One run over batches. On a NaN or infinite loss or weight it goes back to the last good epoch and throws. */
class BatchLoop {
  readonly #where: string;
  readonly #model: TrainingModel;
  readonly #inside: Inside;
  readonly #training: Training;
  readonly #reader: BatchReader;
  readonly #plan: Plan;
  readonly #history: History = { epoch: [], history: { loss: [] } };
  /** Of the epoch so far. */
  #means!: Means;
  #validate: (() => ValidationLogs | Promise<ValidationLogs>) | undefined;
  /** The next batch, if it was read already: at first, and where it had to be known whether there is one. */
  #ahead: DataSet | undefined;
  /** Samples for a diagnosis. */
  #kept: Kept | undefined;
  /** How many the last epoch had; until one has ended nobody knows. */
  #steps = Number.NaN;
  #samples = Number.NaN;
  /** The last good epoch, and its logs. */
  #saved!: Saved;
  #logs: Logs = { loss: Number.NaN };

  constructor(where: string, model: TrainingModel, inside: Inside, reader: BatchReader, plan: Plan) {
    this.#where = where;
    this.#model = model;
    this.#inside = inside;
    this.#training = inside.training();
    this.#reader = reader;
    this.#plan = plan;
    this.#steps = plan.stepsPerEpoch ?? Number.NaN;
  }

  /** What a diagnosis looks at, and as how large batches. */
  get data(): DataSet {
    return this.#kept!.data;
  }

  get batchSize(): number {
    return this.#ahead!.count;
  }

  get verbose(): 0 | 1 {
    return this.#plan.verbose;
  }

  async run(): Promise<History> {
    const { callbacks, validationData } = this.#plan;
    this.#training.loop = undefined; // where batches are, no state can say
    this.#model.stopTraining = false;
    for (const c of callbacks) await c.onTrainBegin?.(this.#model, !!validationData);
    this.#saved = this.#training.save();
    try {
      await this.#epochs();
    } finally {
      await endAll(callbacks, this.#logs, this.#model);
    }
    return this.#history;
  }

  /** Does what can fail before anything is changed: reads the first batch, and traces layers, loss and optimizer. */
  async prepare(): Promise<void> {
    this.#validate = this.#validation(this.#plan.validationData);
    const data = this.#read((await this.#reader.take())!, 'batch 0', undefined, this.#plan.classWeight);
    const { accumulate } = this.#plan;
    const kinds: WrittenKind[] = accumulate > 1 ? ['batchFirst', 'batchMore', 'batchLast'] : ['batch'];
    for (const kind of kinds)
      this.#training.program(kind, data.count, data.labels, kind === 'batchLast' ? accumulate : 1);
    this.#means = this.#training.means(data);
    this.#ahead = data;
    if (!this.#plan.diagnose) return;
    this.#kept = await (await fitParts()).keptFor(data, `${this.#where}: batch 0: `);
  }

  async #epochs(): Promise<void> {
    const { epochs, callbacks, initialEpoch, validationFreq, signal } = this.#plan;
    const model = this.#model;
    for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
      checkSignal(signal);
      for (const c of callbacks) await c.onEpochBegin?.(epoch, model);
      if (model.stopTraining) break;
      await this.#epoch(epoch);
      const logs = this.#means.logs();
      this.#logs = (epoch + 1) % validationFreq === 0 ? { ...logs, ...(await this.#validate?.()) } : logs;
      remember(this.#history, epoch, this.#logs);
      this.#training.saveTo(this.#saved);
      for (const c of callbacks) await c.onEpochEnd?.(epoch, this.#logs, model);
    }
  }

  async #epoch(epoch: number): Promise<void> {
    const { epochs, stepsPerEpoch = Infinity, callbacks, signal } = this.#plan;
    const model = this.#model;
    this.#means.clear();
    let step = 0;
    let sample = 0;
    let ended = false;
    while (step < stepsPerEpoch && !ended && !model.stopTraining) {
      checkSignal(signal);
      const data = this.#ahead ?? (await this.#next(step, epoch));
      this.#ahead = undefined;
      if (!data && stepsPerEpoch === Infinity) break;
      if (!data) continue; // they ended, and are started anew
      if (step + 1 < stepsPerEpoch || epoch + 1 < epochs) this.#reader.ask();
      ended = await this.#endsAfter(step, epoch);
      const values = this.#step(data, step, epoch, ended);
      const logs = logsOf(this.#training.compiled, values);
      for (const c of callbacks) await c.onBatchEnd?.(step, logs, model);
      step++;
      sample += data.count;
      if (!isLate()) continue;
      await this.#show({ epoch, step, sample, steps: this.#steps, samples: this.#samples });
      await pause();
    }
    if (!model.stopTraining) [this.#steps, this.#samples] = [step, sample];
    await this.#show({ epoch, step, sample, steps: this.#steps, samples: this.#samples });
    if (!this.#training.isFinite) this.#fail('the weights became NaN or infinite', epoch, step - 1);
  }

  async #next(step: number, epoch: number): Promise<DataSet | undefined> {
    const taken = await this.#reader.take();
    const data = taken && this.#read(taken, `batch ${step} of epoch ${epoch}`, this.#means, this.#plan.classWeight);
    if (data && this.#reader.passes === 1) this.#kept?.add(data); // later they would be there twice
    return data;
  }

  /** Whether the epoch ends with this batch; known only where it has to be, since it needs the next one. */
  async #endsAfter(step: number, epoch: number): Promise<boolean> {
    const { accumulate, stepsPerEpoch } = this.#plan;
    if (stepsPerEpoch !== undefined) return step + 1 === stepsPerEpoch;
    if (accumulate === 1 || (step + 1) % accumulate === 0) return false;
    this.#ahead = await this.#next(step + 1, epoch);
    return !this.#ahead;
  }

  /** Loss and metrics of a batch, on which a step, or a part of one, was made. */
  #step(data: DataSet, step: number, epoch: number, ends: boolean): Float64Array {
    const training = this.#training;
    const part = step % this.#plan.accumulate;
    const kind = partOf(part, ends || part + 1 === this.#plan.accumulate);
    let values: Float64Array | undefined;
    try {
      const made = training.run(kind, data, kind === 'batchLast' ? part + 1 : 1);
      values = Float64Array.from(made.values, (value) => made.program.scalar(value));
      if (Number.isFinite(values[0])) this.#means.see(made);
    } finally {
      if (!values) training.restore(this.#saved); // it threw in the middle of a step
    }
    if (!Number.isFinite(values[0])) this.#fail(`the loss became ${values[0]}`, epoch, step, data);
    this.#means.add(values, data.count);
    return values;
  }

  /** Samples and labels of a batch, copied: while its step is made the next one may be written to the same arrays. */
  #read({ batch }: { readonly batch: unknown }, name: string, before?: Means, classWeight?: ClassWeight): DataSet {
    const where = `${this.#where}: ${name}`;
    const { x, y, sampleWeight } = partsOf(where, batch);
    const data = weighted(`${where}: sampleWeight`, this.#inside.data(x, y, `${where}: `), sampleWeight);
    const isWeighted = sampleWeight !== undefined || classWeight !== undefined;
    const weighs = before?.isWeighted ?? isWeighted;
    check(weighs === isWeighted, () => {
      return `${where} has ${weighs ? 'no ' : ''}sampleWeight, and those before it ${weighs ? 'have' : 'have none'}`;
    });
    return copyOf(classWeight ? weightedByClass(data, classWeight, this.#training) : data);
  }

  /** What measures the validation data. */
  #validation(given: unknown): (() => ValidationLogs | Promise<ValidationLogs>) | undefined {
    if (given === undefined) return undefined;
    const what = `${this.#where}: validationData`;
    if (isSource(given)) {
      const reader = new BatchReader(what, given, this.#plan.signal);
      check(this.#plan.epochs - this.#plan.initialEpoch <= 1 || !reader.isUsedUp, () => {
        return `${what} can be gone through only once: pass the function that makes it`;
      });
      return async () => validationLogs(await this.#measure(reader));
    }
    const [x, y, weights] = pairOf(what, given);
    const data = copyOf(weighted(`the weights of ${what}`, this.#inside.data(x, y, `${what} `), weights));
    this.#training.prepare('measure', data, MEASURED);
    return () => validationLogs(this.#training.evaluate(data, MEASURED));
  }

  /** Loss and metrics of all batches. */
  async #measure(reader: BatchReader): Promise<Logs> {
    let means: Means | undefined;
    try {
      for (let k = 0; ; k++) {
        const taken = await reader.take();
        if (!taken) return means!.logs();
        const data = this.#read(taken, `batch ${k} of validationData`, means);
        reader.ask();
        const made = this.#training.run('measure', data);
        const values = made.values.map((value) => made.program.scalar(value));
        means ??= this.#training.means(data);
        means.see(made);
        means.add(values, data.count);
        if (isLate()) await pause();
      }
    } finally {
      const closed = reader.close();
      if (!this.#plan.signal?.aborted) await closed;
    }
  }

  async #show(at: Omit<Progress, 'epochs' | 'logs'>): Promise<void> {
    const progress = { ...at, epochs: this.#plan.epochs, logs: this.#means.logs() };
    for (const c of this.#plan.callbacks) await c.onProgress?.(progress);
  }

  /** Goes back to the last good epoch and throws. */
  #fail(what: string, epoch: number, step: number, data?: DataSet): never {
    this.#training.restore(this.#saved);
    if (data) this.#kept?.failed(data);
    const hint = (data && badSample(data)) ?? lossHint(this.#training) ?? SCALE_HINT;
    const kept = epoch === this.#plan.initialEpoch ? 'from before fit' : `after epoch ${epoch - 1}`;
    throw new NonFiniteLossError(
      `${what} at step ${step} of epoch ${epoch}: training stopped, the weights are those ${kept}; ${hint}`,
      epoch,
      step,
      this.#history,
    );
  }
}

/** What is done with a batch that is this part of a step, from 0. */
function partOf(part: number, isLast: boolean): WrittenKind {
  if (isLast) return part === 0 ? 'batch' : 'batchLast';
  return part === 0 ? 'batchFirst' : 'batchMore';
}

/** Samples, labels, and their weights. */
function pairOf(what: string, given: unknown): readonly unknown[] {
  checkIs(Array.isArray(given) && (given.length === 2 || given.length === 3), what, '[x, y], or batches', given);
  return given;
}

/** The first sample of a batch that holds a NaN or an infinity. */
function badSample(batch: DataSet): string | undefined {
  for (const { name, data } of rowsOf(batch)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return `${name} holds ${data[at]} in sample ${Math.floor(at / (data.length / batch.count))}`;
  }
  return undefined;
}
