// fit: the training loop. Inside of an epoch the loop over batches runs in wasm, over rows that a shuffled index picks.
// It comes back in time slices of about 20 ms, to count, to show progress, and to let the event loop have its turn.

import type { Callback, Logs, Progress, TrainingModel } from '../callbacks/callback.js';
import type { Finding } from '../diagnose/finding.js';
import { check, NonFiniteLossError, WasmgradError } from '../errors.js';
import { misfit } from '../losses/losses.js';
import { MAX_STEPS } from '../optimizers/table.js';
import type { Block, Memory } from '../run/memory.js';
import { sizeOf } from '../shape.js';
import type { ValidationLogs } from './compile.js';
import { type DataSet, type Rows, rowsOf } from './data.js';
import type { Signal } from './fitoptions.js';
import { logsOf, type Means } from './means.js';
import { isLate, pause, pauseIfLate } from './pause.js';
import type { FitPlace, TrainingState } from './resume.js';
import type { Shuffler } from './shuffle.js';
import type { Cell, Kind, Saved, Training } from './training.js';

const SLICE_MS = 20;

/** What fit was asked to do, checked. */
export interface FitPlan {
  readonly data: DataSet;
  readonly batchSize: number;
  /** The number of the epoch before which it ends. */
  readonly epochs: number;
  readonly initialEpoch: number;
  /** Samples of an epoch, some of the rows or all. */
  readonly samples: number;
  /** How many batches make a step. */
  readonly accumulate: number;
  readonly validationFreq: number;
  readonly signal: Signal | undefined;
  readonly diagnose: boolean;
  readonly verbose: 0 | 1;
  /** The state that it goes on from. */
  readonly from: TrainingState | undefined;
  /** The random numbers of the shuffling; absent: the rows stay in order. */
  readonly shuffler: Shuffler | undefined;
  readonly callbacks: readonly Callback[];
  /** Loss and metrics of the validation data, under the names that logs show. */
  readonly validate: (() => ValidationLogs) | undefined;
}

/** What `fit` returns: loss and metrics, epoch by epoch. `Names` are those that the compiler knows of beside 'loss'. */
export interface History<Names extends string = string> {
  /** Numbers of the epochs, from 0. */
  readonly epoch: number[];
  /** 'loss', the metrics, and with validation 'valLoss' …: one value an epoch. */
  readonly history: { loss: number[] } & Record<Names, number[]>;
  /** With the option `diagnose`: what is wrong with the training, the surest first. */
  readonly findings?: readonly Finding[] | undefined;
}

/** One run of fit. On a NaN or infinite loss or weight it goes back to the last good epoch and throws. */
export class FitLoop {
  readonly #training: Training;
  readonly #model: TrainingModel;
  readonly #plan: FitPlan;
  readonly #history: History;
  /** The memory that the cells of these names point to. */
  readonly #blocks: Partial<Record<Cell, Block>> = {};
  /** The memory of each array of the data set. */
  readonly #rows: Block[] = [];
  readonly #order: Int32Array;
  /** Of the epoch so far. */
  readonly #means: Means;
  /** How many numbers a step logs. */
  readonly #width: number;
  /** A callback or an exact metric wants every batch, so a slice is one step. */
  readonly #stepwise: boolean;
  readonly #shows: boolean;
  /** An epoch is one step, and no callback or validation looks at it: many epochs can be run in one slice. */
  #unobserved: boolean;
  /** The epoch that is at work, and how many of its samples were seen. */
  #epoch: number;
  #seen = 0;
  /** The last good epoch, once training has begun. */
  #saved!: Saved;
  /** The logs of the last good epoch. */
  #logs: Logs = { loss: Number.NaN };
  #sliceSteps = 1;

  constructor(training: Training, model: TrainingModel, plan: FitPlan) {
    const { batchSize, callbacks, validate, samples, accumulate } = plan;
    const from = plan.from?.place;
    this.#training = training;
    this.#model = model;
    this.#plan = plan;
    this.#means = training.means(plan.data);
    this.#width = this.#means.width;
    const isExact = training.compiled.exact.length > 0;
    this.#stepwise = isExact || callbacks.some(({ onBatchEnd }) => onBatchEnd);
    this.#shows = callbacks.some(({ onProgress }) => onProgress);
    this.#unobserved = batchSize >= samples && callbacks.length === 0 && !validate && !isExact && accumulate === 1;
    this.#order = from?.order.slice() ?? Int32Array.from({ length: plan.data.count }, (_, i) => i);
    this.#history = from ? structuredClone(from.history) : { epoch: [], history: { loss: [] } };
    this.#epoch = from?.epoch ?? plan.initialEpoch;
    this.#seen = from?.seen ?? 0;
    if (from) this.#means.restore(from.means);
  }

  /** Where it is, for `trainingState`. */
  get place(): FitPlace {
    const { shuffler, callbacks } = this.#plan;
    return {
      epoch: this.#epoch,
      seen: this.#seen,
      order: this.#order.slice(),
      shuffler: shuffler && { key: shuffler.key.values().slice() as Int32Array, used: shuffler.used },
      means: this.#means.save(),
      history: structuredClone(this.#history),
      kept: Object.assign({}, ...callbacks.map((c) => c.saveState?.())),
    };
  }

  async run(): Promise<History> {
    try {
      this.#read();
      await pauseIfLate();
      this.#prepare();
      await pauseIfLate();
      this.#begin();
      return await this.#train();
    } finally {
      for (const block of [...Object.values(this.#blocks), ...this.#rows]) this.#memory.free(block);
    }
  }

  /** Copies the data, before others have their turn and may change them. */
  #read(): void {
    this.#blocks.order = this.#alloc('order', this.#order.length * 4);
    this.#writeOrder();
    rowsOf(this.#plan.data).forEach((rows, i) => {
      checkLength(rows);
      const { data } = rows;
      const bytes = data instanceof Uint8Array;
      const { address } = (this.#rows[i] = this.#alloc(rows.name, data.length * (bytes ? 1 : 4)));
      const { b, f, i: ints } = this.#memory;
      (bytes ? b : data instanceof Int32Array ? ints : f).set(data, bytes ? address : address / 4);
    });
  }

  /** Does all else that can fail before anything is changed: traces layers, loss and optimizer, and takes memory. */
  #prepare(): void {
    const { data, batchSize, samples, accumulate } = this.#plan;
    const kinds: Kind[] = accumulate > 1 ? ['first', 'more', 'last'] : [this.#unobserved ? 'again' : 'next'];
    for (const kind of kinds) this.#training.prepare(kind, { ...data, count: samples }, batchSize, accumulate);
    this.#blocks.log = this.#alloc('log', MAX_STEPS * this.#width * 4);
  }

  /** Goes to the state that it goes on from, which has cells of its own, and points them to the data. */
  #begin(): void {
    const { from, data } = this.#plan;
    const training = this.#training;
    training.loop = this;
    if (from) training.restore(from.values);
    training.setCell('order', this.#blocks.order!.address);
    training.setCell('log', this.#blocks.log!.address);
    rowsOf(data).forEach(
      (rows, i) => void training.setRows(i, this.#rows[i]!.address, rows.data instanceof Uint8Array),
    );
  }

  async #train(): Promise<History> {
    const { callbacks, from, validate } = this.#plan;
    const model = this.#model;
    model.stopTraining = false;
    for (const c of callbacks) await c.onTrainBegin?.(model, !!validate);
    if (from?.place) for (const c of callbacks) c.restoreState?.(from.place.kept);
    this.#saved = this.#training.save();
    try {
      await this.#epochs();
    } finally {
      await endAll(callbacks, this.#logs, model);
    }
    return this.#history;
  }

  async #epochs(): Promise<void> {
    const { epochs, callbacks, validate, validationFreq } = this.#plan;
    const model = this.#model;
    while (this.#epoch < epochs && !model.stopTraining) {
      checkSignal(this.#plan.signal);
      if (this.#unobserved) {
        this.#epoch += await this.#manyEpochs(this.#epoch);
        continue;
      }
      const epoch = this.#epoch;
      for (const c of callbacks) await c.onEpochBegin?.(epoch, model);
      if (model.stopTraining) break;
      await this.#oneEpoch(epoch);
      const logs = this.#means.logs();
      this.#logs = validate && (epoch + 1) % validationFreq === 0 ? { ...logs, ...validate() } : logs;
      remember(this.#history, epoch, this.#logs);
      this.#training.saveTo(this.#saved);
      this.#epoch++;
      this.#seen = 0;
      for (const c of callbacks) await c.onEpochEnd?.(epoch, this.#logs, model);
    }
  }

  get #memory(): Memory {
    return this.#training.network.runner.memory;
  }

  /**
   * A slice of epochs of one step each; returns how many. Parameters are saved only at its start: if an epoch fails,
   * all of them are run again one by one, which gives the same bits.
   */
  async #manyEpochs(epoch: number): Promise<number> {
    this.#training.setCell('row', 0);
    this.#training.saveTo(this.#saved);
    const log = this.#run('again', this.#plan.samples, Math.min(this.#sliceSteps, this.#plan.epochs - epoch));
    if (!Number.isFinite(this.#lastLoss(log)) || !this.#training.isFinite) {
      this.#training.restore(this.#saved);
      this.#unobserved = false;
      return 0;
    }
    const done = log.length / this.#width;
    for (let step = 0; step < done; step++) {
      remember(this.#history, epoch + step, logsOf(this.#training.compiled, log, step * this.#width));
    }
    await pauseIfLate();
    return done;
  }

  /** One pass over the samples, or what is left of it. */
  async #oneEpoch(epoch: number): Promise<void> {
    const { batchSize, callbacks, samples } = this.#plan;
    const model = this.#model;
    if (this.#seen === 0) this.#beginEpoch();
    this.#training.setCell('row', this.#seen);
    while (this.#seen < samples && !model.stopTraining) {
      checkSignal(this.#plan.signal);
      const batch = Math.min(batchSize, samples - this.#seen);
      const log = this.#slice(batch, Math.floor((samples - this.#seen) / batch));
      const seen = this.#seen + (batch * log.length) / this.#width;
      const loss = this.#lastLoss(log);
      if (!Number.isFinite(loss)) this.#fail(`the loss became ${loss}`, epoch, seen);
      this.#seen = seen;
      for (let at = 0; at < log.length; at += this.#width) this.#means.add(log, batch, at);
      if (this.#stepwise) {
        const logs = logsOf(this.#training.compiled, log);
        for (const c of callbacks) await c.onBatchEnd?.(this.#steps(seen) - 1, logs, model);
      }
      const pausing = isLate();
      if (this.#shows && (pausing || seen === samples)) {
        const progress = this.#progress(epoch, seen);
        for (const c of callbacks) await c.onProgress?.(progress);
      }
      if (pausing) await pause();
    }
    if (!this.#training.isFinite) this.#fail('the weights became NaN or infinite', epoch, this.#seen); // by the last step, after its loss
  }

  /** Puts the rows into another order. */
  #beginEpoch(): void {
    const { batchSize, shuffler, data } = this.#plan;
    this.#means.clear();
    if (!shuffler || batchSize >= data.count) return;
    shuffler.shuffle(this.#order);
    this.#writeOrder();
  }

  /** Runs as many of the next `left` batches of this size as go in one call. */
  #slice(batch: number, left: number): Float32Array | Float64Array {
    const count = Math.min(left, this.#stepwise ? 1 : this.#sliceSteps);
    const { accumulate, batchSize, samples } = this.#plan;
    if (accumulate === 1) return this.#run('next', batch, count);
    const done = this.#steps(this.#seen);
    const part = done % accumulate; // of the step
    const parts = Math.min(accumulate, Math.ceil(samples / batchSize) - done + part);
    if (part === parts - 1) return this.#run(parts === 1 ? 'next' : 'last', batch, 1, parts);
    if (part === 0) return this.#run('first', batch, 1);
    return this.#run('more', batch, Math.min(count, parts - 1 - part));
  }

  /** Runs up to `count` steps, returns what they logged, and learns from the time how many make a slice. */
  #run(kind: Kind, batch: number, count: number, parts = 1): Float32Array | Float64Array {
    const made = this.#training.program(kind, batch, this.#plan.data.labels, parts);
    const { program, values } = made;
    this.#training.setCell('logged', 0);
    this.#training.state.prepareSteps(count);
    const start = performance.now();
    let done = -1;
    try {
      done = program.run(count, values[0]);
    } finally {
      if (done < 0) this.#goBack(); // it threw in the middle of a step
    }
    const took = performance.now() - start;
    const enough = Math.max(1, Math.floor((count * SLICE_MS) / took));
    if (count === this.#sliceSteps || enough < count) this.#sliceSteps = Math.min(enough, count * 2, MAX_STEPS);
    const at = this.#blocks.log!.address / 4;
    const log = this.#memory.f.slice(at, at + done * this.#width); // code of the user may make memory grow
    if (Number.isFinite(this.#lastLoss(log))) this.#means.see(made);
    return log;
  }

  #lastLoss(log: Float32Array | Float64Array): number {
    return log[log.length - this.#width]!;
  }

  /** How many steps of an epoch it takes to see this many samples. */
  #steps(samples: number): number {
    return Math.ceil(samples / this.#plan.batchSize);
  }

  /**
   * Goes back to the last good epoch, or to where it went on from, with its place in the data: a state must not have
   * both.
   */
  #goBack(): void {
    const from = this.#plan.from?.place;
    this.#training.restore(this.#saved);
    this.#seen = 0;
    if (from?.epoch !== this.#epoch) return;
    this.#seen = from.seen;
    this.#means.restore(from.means);
  }

  /** Goes back to the last good epoch and throws: the last of the steps so far failed. */
  #fail(what: string, epoch: number, seen: number): never {
    const step = this.#steps(seen) - 1;
    this.#goBack();
    const hint = this.#badSample(step) ?? lossHint(this.#training) ?? SCALE_HINT;
    const kept = epoch === 0 ? 'from before fit' : `after epoch ${epoch - 1}`;
    throw new NonFiniteLossError(
      `${what} at step ${step} of epoch ${epoch}: training stopped, the weights are those ${kept}; ${hint}`,
      epoch,
      step,
      this.#history,
    );
  }

  /**
   * The first sample of a step's batch that holds a NaN or an infinity, in the copy: the user's data may have changed.
   */
  #badSample(step: number): string | undefined {
    const { data, batchSize } = this.#plan;
    for (const row of this.#order.subarray(step * batchSize, (step + 1) * batchSize)) {
      for (const [k, { name, rowShape, dtype, data: stored }] of rowsOf(data).entries()) {
        if (stored instanceof Uint8Array) continue;
        const at = this.#rows[k]!.address / 4 + row * sizeOf(rowShape);
        const values = (dtype === 'int32' ? this.#memory.i : this.#memory.f).subarray(at, at + sizeOf(rowShape));
        const bad = values.find((value) => !Number.isFinite(value));
        if (bad !== undefined) return `${name} holds ${bad} in sample ${row}`;
      }
    }
    return undefined;
  }

  #progress(epoch: number, sample: number): Progress {
    const { samples } = this.#plan;
    return {
      epoch,
      epochs: this.#plan.epochs,
      step: this.#steps(sample),
      steps: this.#steps(samples),
      sample,
      samples,
      logs: this.#means.logs(),
    };
  }

  #alloc(what: string, bytes: number): Block {
    return this.#memory.alloc(bytes, `fit: ${bytes} bytes of ${what}`);
  }

  #writeOrder(): void {
    this.#memory.i.set(this.#order, this.#blocks.order!.address / 4);
  }
}

/** Throws if an array changed its length since it was checked: its buffer may have been resized. */
function checkLength({ name, data, count, rowShape }: Rows): void {
  check(data.length === count * sizeOf(rowShape), () => {
    return `fit: ${name} changed while it was read: ${count} samples became ${data.length} numbers`;
  });
}

/** Ends the training if the user wants that. */
export function checkSignal(signal: Signal | undefined): void {
  if (signal?.aborted) throw signal.reason ?? new WasmgradError('fit: aborted');
}

/** Calls `onTrainEnd` of all callbacks, even if it fails in one of them: another may have something to restore. */
export async function endAll([first, ...others]: readonly Callback[], logs: Logs, model: TrainingModel): Promise<void> {
  try {
    await first?.onTrainEnd?.(logs, model);
  } finally {
    if (others.length > 0) await endAll(others, logs, model);
  }
}

/** Adds an epoch to a history. */
export function remember({ epoch: epochs, history }: History, epoch: number, logs: Logs): void {
  epochs.push(epoch);
  for (const name in logs) {
    if (!Object.hasOwn(history, name)) history[name] = [];
    history[name]!.push(logs[name]!);
  }
}

/** What helps as a rule where a loss became NaN or infinite. */
export const SCALE_HINT = 'a smaller learning rate, or inputs scaled to about -1 … 1, usually helps';

/** What is wrong with a model without the activation that its loss expects. */
export function lossHint({ compiled, network }: Training): string | undefined {
  const last = network.lastTensors;
  return compiled.targets.map(({ output, loss }) => misfit(loss, last[output]!.op)).find(Boolean);
}
