// The text of train_ddp.py, with which a model is trained on in several processes or on several machines. Not here:
// model.py (modelfile.ts), and what optimizers and losses are there (optimizers.ts, losses.ts).

import { check } from '../errors.js';
import { callOf } from '../made.js';
import type { Training } from '../model/training.js';
import { lossText } from './losses.js';
import { optimizerLines, type TorchOptimizer } from './optimizers.js';
import { py } from './python.js';
import type { Structure } from './structure.js';
import { rowsOf } from './weights.js';

/** Whether the weights of the regularizers are sums of squares or of absolute values. */
const REGULARIZERS: Readonly<Record<string, string>> = { l1: 'abs', l2: 'square' };

/** The text of train_ddp.py. */
export function trainFile(where: string, structure: Structure, training: Training, optimizer: TorchOptimizer): string {
  const { weights } = structure;
  const parameters = weights.filter(({ variables }) => variables[0]!.trainable);
  const clip = optimizer.clip === undefined ? '' : `\n            ${optimizer.clip}`;
  // Else every step waits for the gradients of outputs that have no loss.
  const { compiled, network } = training;
  const isUnused = compiled.targets.length < network.definition.outputs.specs.length;
  const unused = isUnused ? ', find_unused_parameters=True' : '';
  return `"""Trains the model of model.py on, in several processes or on several machines.

On one machine, in two processes:

    torchrun --nproc_per_node=2 train_ddp.py --data data.pt --epochs 5

On two machines with eight GPUs each, the same on both:

    torchrun --nnodes=2 --nproc_per_node=8 --rdzv_backend=c10d --rdzv_endpoint=HOST:29400 train_ddp.py --data data.pt

data.pt is what load_data reads. Each process takes its share of the samples; gradients are their mean over all processes. The
weights that come out are trained.pt, which loadStateDict of wasmgrad/pytorch reads, and the state of the optimizer is
trained-optimizer.pt.
"""

import argparse
import os
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.distributed import DistributedSampler

from model import Model

HERE = Path(__file__).parent


class Samples(Dataset):
    """Samples and targets: tensors with a row for each sample, or dictionaries of such."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(next(iter(self.x.values())) if isinstance(self.x, dict) else self.x)

    def __getitem__(self, i):
        return row(self.x, i), row(self.y, i)


def row(values, i):
    return {name: value[i] for name, value in values.items()} if isinstance(values, dict) else values[i]


def load_data(path):
    """Reads torch.save({"x": samples, "y": targets}, path); write here how your data is read, if it is kept otherwise."""
    data = torch.load(path)
    return Samples(data["x"], data["y"])


def make_optimizer(model):
${indented(optimizerLines(where, optimizer, rateOf(training, optimizer), parameters), 4)}


def loss_of(model, output, target):
${indented(lossLines(where, structure, training), 4)}


def load_state(model, optimizer, path):
    """Gives the optimizer the state that it had before, by the names of the parameters; returns how many steps it made."""
    saved = torch.load(path, map_location="cpu")
    names = {p: name for name, p in model.named_parameters()}
    params = [p for group in optimizer.param_groups for p in group["params"]]
    state = {i: saved["state"][names[p]] for i, p in enumerate(params) if names[p] in saved["state"]}
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return int(saved["step"])


def to(values, device):
    if isinstance(values, dict):
        return {name: value.to(device) for name, value in values.items()}
    return values.to(device)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=HERE / "data.pt")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--steps", type=int, default=None, help="stop after so many")
    parser.add_argument("--batch-size", type=int, default=32, help="of each process")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    cuda = torch.cuda.is_available()
    dist.init_process_group("nccl" if cuda else "gloo")
    rank, local = dist.get_rank(), int(os.environ["LOCAL_RANK"])
    device = torch.device("cuda", local) if cuda else torch.device("cpu")
    torch.manual_seed(args.seed + rank)  # each process draws its own dropout

    model = Model()
    model.load_state_dict(torch.load(HERE / "weights.pt", map_location="cpu"))
    model.to(device)
    optimizer = make_optimizer(model)
    steps = load_state(model, optimizer, HERE / "optimizer.pt")
    parallel = DistributedDataParallel(model, device_ids=[local] if cuda else None${unused})

    data = load_data(args.data)
    sampler = DistributedSampler(data, seed=args.seed)
    batches = DataLoader(data, batch_size=args.batch_size, sampler=sampler, pin_memory=cuda)
    start = steps
    for epoch in range(args.epochs):
        sampler.set_epoch(epoch)
        total, count = torch.zeros((), device=device), 0
        for x, y in batches:
            if steps - start == args.steps:
                break
            x, y = to(x, device), to(y, device)
            optimizer.zero_grad()
            loss = loss_of(model, parallel(**x) if isinstance(x, dict) else parallel(x), y)
            loss.backward()${clip}
            optimizer.step()
            total, count, steps = total + loss.detach(), count + 1, steps + 1
        dist.all_reduce(total)
        if rank == 0 and count > 0:
            print(f"epoch {epoch + 1}: loss {total.item() / count / dist.get_world_size():.6f}, step {steps}", flush=True)

    if rank == 0:
        state = {name: optimizer.state[p] for name, p in model.named_parameters() if p in optimizer.state}
        torch.save(model.state_dict(), HERE / "trained.pt")
        torch.save({"step": steps, "state": state}, HERE / "trained-optimizer.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
`;
}

const indented = (lines: readonly string[], by: number): string =>
  lines.map((line) => ' '.repeat(by) + line).join('\n');

/** The learning rate as it is now: memory has it as float32, so one that was never changed is taken as it was given. */
function rateOf({ state }: Training, { rate }: TorchOptimizer): number {
  const { learningRate, learningRateScale } = state;
  return (Math.fround(rate) === learningRate ? rate : learningRate) * learningRateScale;
}

/** The body of a function that computes the loss, penalties of weights included. */
function lossLines(where: string, { weights }: Structure, { compiled, network }: Training): string[] {
  const { names, specs } = network.definition.outputs;
  const terms = compiled.targets.map(({ output, loss, weight }) => {
    const [value, target] = names
      ? [`output[${py(names[output])}]`, `target[${py(names[output])}]`]
      : ['output', 'target'];
    const text = lossText(where, loss, value, target, specs[output]!.shape.length + 1);
    return weight === 1 ? text : `${py(weight)} * ${text}`;
  });
  const penalties = weights.flatMap((weight) => {
    const rows = rowsOf(weight);
    return weight.variables.flatMap((variable, i) => {
      if (!variable.trainable || !variable.regularizer) return [];
      const { name: made = '', args = [] } = callOf(variable.regularizer) ?? {};
      check(Object.hasOwn(REGULARIZERS, made), () => {
        return `${where}: the regularizer of ${variable.name} can't go on in PyTorch; l1 and l2 can`;
      });
      const part = rows.length > 1 ? `[${rows[i]!.join(':')}]` : '';
      return [`${py(args[0])} * model.${weight.name}${part}.${REGULARIZERS[made]}().sum()`];
    });
  });
  const [first, ...others] = [...terms, ...penalties];
  return [`loss = ${first}`, ...others.map((term) => `loss = loss + ${term}`), 'return loss'];
}
