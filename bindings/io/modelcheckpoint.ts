// modelCheckpoint: keeps a training in files while it runs, so that it can go on after whatever ended it.

import type { Callback, Logs, TrainingModel } from '../callbacks/callback.js';
import { checkMonitor, fresh, improves, keeping, type Mode } from '../callbacks/monitor.js';
import { check, checkIs } from '../errors.js';
import { checkTarget, type FileTarget } from '../files/target.js';
import type { AnyModel } from '../model/trainer.js';
import { flag, oneOf, options, type Rules, rule, text, whole } from '../options.js';
import { type SaveModelOptions, saveModel } from './save.js';

/** Options of `modelCheckpoint`. */
export interface ModelCheckpointOptions {
  /**
   * Where the file goes: a path, whose folder is made if it is missing, or a place such as `indexedDb(name)`. In a path
   * {epoch} and {step} stand for their numbers, so that there is a file for each: 'run/{epoch}.safetensors'; else one
   * file is replaced.
   */
  readonly path: FileTarget;
  /** The name of what is watched, as logs show it; default 'valLoss'. For `saveBestOnly`. */
  readonly monitor?: string | undefined;
  /** 'min' if smaller is better, 'max' if larger is; 'auto' (default) goes by the name, as in `earlyStopping`. */
  readonly mode?: Mode | undefined;
  /** Saves only after an epoch that is better than all before; default false. */
  readonly saveBestOnly?: boolean | undefined;
  /** Saves after so many epochs; default 1, or none if `everySteps` is given. */
  readonly everyEpochs?: number | undefined;
  /** Saves after so many steps of an epoch, too; each step is then a call of its own. */
  readonly everySteps?: number | undefined;
  /** How many files are kept, the last ones; all by default. For a path with {epoch} or {step}. */
  readonly keep?: number | undefined;
  /**
   * Whether the files hold all that a training needs to go on; default true. Else they are models alone, and smaller.
   */
  readonly training?: boolean | undefined;
  /** Further options of `saveModel`: name, registry, extras. */
  readonly save?: Omit<SaveModelOptions, 'training'> | undefined;
}

const checkpointOptions = options({
  path: (given, what) => {
    checkTarget(what, given);
    return given;
  },
  monitor: text('valLoss'),
  mode: oneOf('auto', 'min', 'max'),
  saveBestOnly: flag(false),
  everyEpochs: whole(undefined),
  everySteps: whole(undefined),
  keep: whole(undefined),
  training: flag(true),
  save: rule<object, object>({}, (what, given) =>
    checkIs(typeof given === 'object', what, 'options of saveModel', given),
  ),
} satisfies Rules<ModelCheckpointOptions>);

const disk = () => import('../files/disk.js');

/**
 * A callback that saves the model while it trains, with all that the training needs to go on. After a crash, or to
 * train longer:
 *
 *     const callbacks = [modelCheckpoint({ path: 'run.safetensors' })];
 *     await net.fit(x, y, { epochs: 100, callbacks, from: await loadTrainingState('run.safetensors') });
 *
 * ends with the bits of a training that was never interrupted, if data and options are the same. The files are models
 * as well: `loadModel` reads them.
 *
 * A file is replaced as a whole: whenever the process ends, the old one is there or the new one.
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const given = checkpointOptions('modelCheckpoint', options ?? {});
  const { path, saveBestOnly, everySteps, keep, training } = given;
  const everyEpochs = given.everyEpochs ?? (everySteps === undefined ? 1 : undefined);
  const hasNumbers = typeof path === 'string' && /\{(epoch|step)\}/.test(path);
  check(
    keep === undefined || hasNumbers,
    () => 'modelCheckpoint: keep needs a path with {epoch} or {step}, so that there are several files',
  );
  check(
    !saveBestOnly || everySteps === undefined,
    () => 'modelCheckpoint: saveBestOnly looks at epochs: leave everySteps out',
  );
  const watched = { monitor: given.monitor, mode: given.mode, minDelta: 0 };
  const kept = fresh({ files: [] as string[] });
  let epoch = 0;

  const save = async (model: TrainingModel, step: number): Promise<void> => {
    const numbers: Record<string, number> = { epoch, step };
    const to = hasNumbers ? path.replace(/\{(epoch|step)\}/g, (_, name) => String(numbers[name])) : path;
    if (keep !== undefined) kept.files = [...kept.files.filter((file) => file !== to), to as string]; // before: the file has it
    if (typeof to === 'string') await (await disk()).makeFolder('modelCheckpoint', to);
    await saveModel(model as unknown as AnyModel, to, { ...given.save, training });
    while (kept.files.length > (keep ?? Infinity)) {
      await (await disk()).deleteFile('modelCheckpoint', kept.files.shift()!);
    }
  };
  return {
    ...keeping('modelCheckpoint', { ...watched, path }, kept),
    onTrainBegin: async (model, validates) => {
      if (saveBestOnly) checkMonitor('modelCheckpoint', watched.monitor, validates);
      Object.assign(kept, fresh({ files: [] }));
      await saveModel(model as unknown as AnyModel, undefined, { ...given.save, training }); // fails now if it can't be done
      if (typeof path !== 'string') return;
      const { makeFolder, removePartial } = await disk();
      await removePartial('modelCheckpoint', path);
      if (!/\{.*[/\\]/.test(path)) await makeFolder('modelCheckpoint', path); // now, not after an epoch
    },
    onEpochBegin: (now) => void (epoch = now),
    ...(everySteps !== undefined && {
      onBatchEnd: async (step: number, _: Logs, model: TrainingModel) => {
        if ((step + 1) % everySteps === 0) await save(model, step + 1);
      },
    }),
    onEpochEnd: async (now, logs, model) => {
      const better = saveBestOnly && improves('modelCheckpoint', watched, kept, logs);
      const due = everyEpochs !== undefined && (now + 1) % everyEpochs === 0;
      if (saveBestOnly ? better : due) await save(model, 0);
    },
  };
}
