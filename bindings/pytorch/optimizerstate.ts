// The state of an optimizer, there and back. Not here: which optimizers there are (optimizers.ts).

import { check } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { type FileSource, readFile } from '../files/source.js';
import { MAX_BYTES } from '../files/zip.js';
import type { Variable } from '../model/layers.js';
import type { Model } from '../model/model.js';
import type { Training } from '../model/training.js';
import { slotsOf } from '../optimizers/slots.js';
import { options, type Rules, whole } from '../options.js';
import { sameShape, shapeText } from '../shape.js';
import { type TorchOptimizer, torchOptimizer } from './optimizers.js';
import type { Pickled } from './pickle.js';
import { elementsOf } from './strided.js';
import { type Structure, structureOf } from './structure.js';
import { readTorch, TorchTensor } from './torchfile.js';
import type { Saved } from './torchsave.js';
import { gathered, parted, type Weight } from './weights.js';

/** The slots of a variable that is trained. */
type Slots = ReadonlyMap<Variable, ReturnType<typeof slotsOf>>;

/** The slots of all variables that are trained. Do not keep them: they are of no use any more when memory has grown. */
function allSlots({ network, state }: Training): Slots {
  const parameters = new Map(network.trainable.map((parameter) => [parameter.tensor, parameter]));
  const trained = network.variables.filter(({ tensor }) => parameters.has(tensor));
  const memory = network.runner.memory;
  return new Map(trained.map((variable) => [variable, slotsOf(memory, state, parameters.get(variable.tensor)!)]));
}

/** The tensors that are trained, and what the slots are called that all their variables have. */
function trainedOf({ weights }: Structure, slots: Slots): { readonly weight: Weight; readonly names: string[] }[] {
  const trained = weights.filter(({ variables }) => slots.has(variables[0]!));
  return trained.map((weight) => ({ weight, names: Object.keys(slots.get(weight.variables[0]!)!) }));
}

/** What optimizer.pt holds: { step, state: by parameter }. Before the first step there is no state. */
export function optimizerFile(training: Training, structure: Structure, { slots, counts }: TorchOptimizer): Saved {
  const { stepCount } = training.state;
  const all = new Map<string, Saved>();
  const views = allSlots(training);
  for (const { weight, names } of stepCount > 0 ? trainedOf(structure, views) : []) {
    const saved = new Map<string, Saved>(counts ? [['step', stepCount]] : []);
    for (const slot of names)
      saved.set(
        slots[slot]!,
        gathered(weight, (each) => views.get(each)![slot]!.values),
      );
    all.set(weight.name, saved);
  }
  return new Map<string, Saved>([
    ['step', stepCount],
    ['state', all],
  ]);
}

/** Options of `loadOptimizerState`. */
export interface LoadOptimizerStateOptions {
  /** As in `loadStateDict`. */
  readonly maxBytes?: number | undefined;
}

const loadOptions = options({ maxBytes: whole(MAX_BYTES, 1) } satisfies Rules<LoadOptimizerStateOptions>);

/**
 * Loads the state of an optimizer that train_ddp.py of `exportPyTorch` saved, trained-optimizer.pt, into the optimizer
 * of a model that was compiled as it was then: what was trained there goes on here.
 *
 * @throws FileError for a file that is damaged or of another kind; WasmgradError if a parameter is missing or has
 *   another state. The optimizer is then as it was
 */
export async function loadOptimizerState<In, Out>(
  model: Model<In, Out>,
  from: FileSource,
  given?: LoadOptimizerStateOptions,
): Promise<void> {
  const where = 'loadOptimizerState';
  const { maxBytes } = loadOptions(where, given);
  model.look(where, (inside) => void inside.training()); // throws if it was not compiled
  const { what, bytes } = await readFile(where, from, maxBytes);
  const root = await readTorch(what, bytes, maxBytes);
  model.look(where, (inside) => {
    const training = inside.training();
    const structure = structureOf(training.network);
    const { optimizer } = training.compiled;
    const { slots } = torchOptimizer(where, optimizer);
    const { step, state } = contentsOf(what, root);
    const views = allSlots(training);
    const writes = trainedOf(structure, views).flatMap(({ weight, names }) => {
      return names.flatMap((slot) => {
        const own = weight.variables.map((variable) => views.get(variable)![slot]!.values);
        // Before the first step there is no state.
        if (step === 0) return own.map((to) => ({ to, values: first(to.length, optimizer.initial?.[slot]) }));
        const saved = state.get(weight.name);
        const value = saved instanceof Map ? saved.get(slots[slot]!) : undefined;
        const name = `${what}: ${slots[slot]} of ${weight.name}`;
        check(value instanceof TorchTensor, () => {
          return `${name} is missing: it was trained with another optimizer, or is another model's`;
        });
        check(sameShape(value.shape, weight.there), () => {
          return `${name} is ${shapeText(value.shape)}, it must be ${shapeText(weight.there)}`;
        });
        return parted(weight, elementsOf(name, value)).map(([, values], i) => ({ to: own[i]!, values }));
      });
    });
    for (const { to, values } of writes) to.set(values);
    training.state.stepCount = step;
  });
}

/** What a slot starts from. */
const first = (size: number, value = 0): Float32Array => new Float32Array(size).fill(value);

function contentsOf(what: string, root: Pickled): { step: number; state: Map<Pickled, Pickled> } {
  const map = root instanceof Map ? root : new Map<Pickled, Pickled>();
  const [step, state] = [map.get('step'), map.get('state')];
  checkFile(
    Number.isSafeInteger(step) && (step as number) >= 0 && (step as number) < 2 ** 31 - 1 && state instanceof Map,
    () => `${what} is no state of an optimizer that train_ddp.py saved: it must hold 'step' and 'state'`,
  );
  return { step: step as number, state };
}
