// tensorboard: writes a training to event files, as the callback of Keras does. Not here: the files (writer.ts).

import type { Callback, Logs, TrainingModel } from '../callbacks/callback.js';
import { checkIs } from '../errors.js';
import type { Model } from '../model/model.js';
import { oneOf, options, type Rules, whole } from '../options.js';
import { type SummaryWriter, summaryWriter } from './writer.js';

/** Options of `tensorboard`. */
export interface TensorboardOptions {
  /** After how many epochs the weights are written as histograms; default 0, never. */
  readonly histogramFreq?: number | undefined;
  /** 'batch' writes loss and metrics of each batch, too, and makes each step a call of its own; default 'epoch'. */
  readonly updateFreq?: 'epoch' | 'batch' | undefined;
}

const tensorboardOptions = options({
  histogramFreq: whole(0, 0),
  updateFreq: oneOf('epoch', 'batch'),
} satisfies Rules<TensorboardOptions>);

/**
 * A callback that writes what TensorBoard shows: loss, metrics and learning rate of each epoch, in two runs, `train`
 * and `validation`, the layers as text, and if asked for weights as histograms and each batch. Each epoch is in the
 * files before the next one begins. Tags are those of Keras: `epoch_loss`, `epoch_accuracy`, `batch_loss` … In Node,
 * Bun and Deno.
 *
 * @param directory the folder of this training, made if it is missing: 'runs/first'. `tensorboard --logdir runs` shows
 *   all in `runs`
 *
 * @example
 * await model.fit(x, y, { epochs: 50, validationSplit: 0.2, callbacks: [tensorboard('runs/first', { histogramFreq: 5 })] });
 */
export function tensorboard(directory: string, options?: TensorboardOptions): Callback {
  checkIs(typeof directory === 'string' && directory !== '', 'tensorboard: the folder', 'a path', directory);
  const { histogramFreq, updateFreq } = tensorboardOptions('tensorboard', options);
  let runs = new Runs(directory);
  let steps = 0;
  return {
    onTrainBegin: async (model) => {
      runs = new Runs(directory);
      runs.train.text('model', `\`\`\`\n${named(model).summary()}\n\`\`\``, 0);
      await runs.flush();
    },
    ...(updateFreq === 'batch' && {
      onBatchEnd: (_batch, logs) => {
        for (const [name, value] of Object.entries(logs)) runs.train.scalar(`batch_${name}`, value, steps);
        steps++;
      },
    }),
    onEpochEnd: async (epoch, logs, model) => {
      runs.logs(epoch, logs);
      runs.train.scalar('epoch_learning_rate', model.learningRate * model.learningRateScale, epoch);
      if (histogramFreq > 0 && (epoch + 1) % histogramFreq === 0) {
        for (const [name, weight] of Object.entries(named(model).parameters()))
          runs.train.histogram(name, weight, epoch);
      }
      await runs.flush();
    },
    onTrainEnd: () => runs.close(),
  };
}

/** What fit passes to callbacks is the model. */
const named = (model: TrainingModel): Pick<Model, 'summary' | 'parameters'> => model as unknown as Model;

/** The two runs of a training; that of the validation data only if there are any. */
class Runs {
  #train: SummaryWriter | undefined;
  #validation: SummaryWriter | undefined;

  constructor(readonly directory: string) {}

  get train(): SummaryWriter {
    this.#train ??= summaryWriter(`${this.directory}/train`);
    return this.#train;
  }

  get validation(): SummaryWriter {
    this.#validation ??= summaryWriter(`${this.directory}/validation`);
    return this.#validation;
  }

  /** Loss and metrics of an epoch: 'valLoss' is the loss of the run `validation`. */
  logs(epoch: number, logs: Logs): void {
    for (const [name, value] of Object.entries(logs)) {
      const [, first, rest] = /^val([A-Z])(.*)$/.exec(name) ?? [];
      if (first === undefined) this.train.scalar(`epoch_${name}`, value, epoch);
      else this.validation.scalar(`epoch_${first.toLowerCase()}${rest}`, value, epoch);
    }
  }

  async flush(): Promise<void> {
    await this.#train?.flush();
    await this.#validation?.flush();
  }

  async close(): Promise<void> {
    await this.#train?.close();
    await this.#validation?.close();
  }
}
