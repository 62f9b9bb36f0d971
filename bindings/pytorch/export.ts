// exportPyTorch: a folder with which a model of wasmgrad goes on in PyTorch. Not here: the text of its files
// (modelfile.ts, trainfile.ts).

import { check, checkIs, WasmgradError } from '../errors.js';
import { writeFile } from '../files/target.js';
import type { Model } from '../model/model.js';
import type { Network } from '../model/network.js';
import type { Training } from '../model/training.js';
import { modelFile } from './modelfile.js';
import { torchOptimizer } from './optimizers.js';
import { optimizerFile } from './optimizerstate.js';
import { type Structure, structureOf } from './structure.js';
import { type SavedTensor, torchFile } from './torchsave.js';
import { trainFile } from './trainfile.js';
import { gathered } from './weights.js';

/** The files of an exported model, by name. */
export type PyTorchFiles = Record<string, Uint8Array>;

const WHERE = 'exportPyTorch';

/** What the files of `exportPyTorch` hold, by their names: for a page, which has no folders. */
export function pyTorchFiles<In, Out>(model: Model<In, Out>): PyTorchFiles {
  checkIs(typeof model?.look === 'function', `${WHERE}: the model`, 'made by sequential() or model()', model);
  return model.look(WHERE, ({ network, isCompiled, training }) => {
    const structure = structureOf(network);
    const { unwritten } = structure;
    check(unwritten === undefined, () => `${WHERE}: this model can't be written for PyTorch: ${unwritten}`);
    const { inputs, outputs } = network.definition;
    return {
      'model.py': bytesOf(modelFile(structure, inputs, outputs)),
      'weights.pt': torchFile(stateDict(network, structure)),
      ...(isCompiled && orWithout(() => trainingFiles(structure, training()))),
    };
  });
}

/**
 * Writes a folder with which a model goes on in PyTorch: `model.py`, a plain nn.Module, and `weights.pt`, its state
 * dict. Of a model that was compiled also `train_ddp.py`, which trains it on under torchrun, in several processes or on
 * several machines, by the same loss and optimizer, and `optimizer.pt`, the optimizer's state. Images are [n, channels,
 * height, width] there.
 *
 * @param directory a path; it is made if it is not there
 * @throws WasmgradError, before anything is written, for what can't be written for PyTorch
 */
export async function exportPyTorch<In, Out>(model: Model<In, Out>, directory: string): Promise<void> {
  checkIs(typeof directory === 'string' && directory !== '', `${WHERE}: the directory`, 'a path', directory);
  const files = pyTorchFiles(model);
  const { fileSystem } = await import('../files/disk.js');
  const fs = await fileSystem(`${WHERE}: ${directory}`);
  await fs.mkdir(directory, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(WHERE, `${directory}/${name}`, bytes);
}

/** What goes on in training; where it can't, the error tells that the model alone still can. */
function orWithout(files: () => PyTorchFiles): PyTorchFiles {
  try {
    return files();
  } catch (error) {
    if (!(error instanceof WasmgradError)) throw error;
    throw new WasmgradError(`${error.message}; model.clone() is not compiled: it is written without its training`, {
      cause: error,
    });
  }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** All weights, by the names that they have in PyTorch. */
function stateDict(network: Network, { weights }: Structure): Map<string, SavedTensor> {
  return new Map(
    weights.map((weight) => [weight.name, gathered(weight, ({ tensor }) => network.view(tensor))] as const),
  );
}

function trainingFiles(structure: Structure, training: Training): PyTorchFiles {
  check(!structure.penalized, () => `${WHERE}: what penalty() adds to the loss can't go on in PyTorch`);
  const optimizer = torchOptimizer(WHERE, training.compiled.optimizer);
  return {
    'train_ddp.py': bytesOf(trainFile(WHERE, structure, training, optimizer)),
    'optimizer.pt': torchFile(optimizerFile(training, structure, optimizer)),
  };
}
