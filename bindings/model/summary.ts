// summary: a model as a table, and the memory that it takes.

import { type Shape, shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { endNames, placeholders } from './ends.js';
import type { LayerCall } from './forward.js';
import type { Variable } from './layers.js';
import type { Network } from './network.js';
import type { Training } from './training.js';

const count = (n: number): string => n.toLocaleString('en-US');

const memory = (bytes: number): string =>
  bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const batched = (shape: Shape): string => shapeText(['n' as never, ...shape]);

const sizeOfAll = (variables: readonly Variable[]): number =>
  variables.reduce((sum, { tensor }) => sum + tensor.size, 0);

/** The calls of layers in a run, in order. */
function callsOf(network: Network): readonly LayerCall[] {
  const x = placeholders(network.definition.inputs, 1);
  return network.run(x, { training: false }).findings.calls;
}

/** A row for a call; parameters are those of the layer itself, at its first call. */
function row({ built, name, parameters, state, output }: LayerCall, variables: readonly Variable[]): string[] {
  const own = Object.values(parameters).concat(Object.values(state));
  const mine = variables.filter(({ tensor }) => own.includes(tensor));
  const shape = output instanceof Tensor ? batched(output.shape.slice(1)) : '';
  const first = !name.endsWith(')');
  return [`${name} (${built.kind})`, shape, first ? count(sizeOfAll(mine)) : 'shared', trains(mine)];
}

/** What of some variables training changes, in the column for that. */
function trains(variables: readonly Variable[]): string {
  const trained = variables.filter(({ trainable }) => trainable);
  if (trained.length === variables.length) return '';
  return trained.length === 0 ? 'not trained' : `${count(sizeOfAll(trained))} trained`;
}

export function summaryOf(network: Network, training: Training | undefined): string {
  const { inputs } = network.definition;
  const names = endNames('input', inputs);
  const { variables } = network;
  const calls = callsOf(network).filter(({ built }) => built.path !== '');
  const rows = [
    ['layer', 'output', 'parameters', ''],
    ...inputs.specs.map(({ shape }, i) => [names[i]!, batched(shape), '', '']),
    ...calls.map((call) => row(call, variables)),
    ['total', '', count(sizeOfAll(variables)), trains(variables)],
  ];
  const [wide, middle, last] = [0, 1, 2].map((k) => Math.max(...rows.map((cells) => cells[k]!.length)));
  const lines = rows.map(([a, b, c, d]) => {
    return `${a!.padEnd(wide!)}  ${b!.padEnd(middle!)}  ${c!.padStart(last!)}  ${d}`.trimEnd();
  });
  const rule = '-'.repeat(Math.max(...lines.map((line) => line.length)));
  lines.splice(1, 0, rule);
  lines.splice(-1, 0, rule);
  return [...lines, ...memoryLines(network, training)].join('\n');
}

function memoryLines(network: Network, training: Training | undefined): string[] {
  const parameters = network.allBlocks.reduce((sum, { block }) => sum + block.bytes, 0);
  const lines = [`memory: parameters ${memory(parameters)}`];
  if (!training) return lines;
  const programs = [...training.programs.values()].reduce((sum, { program }) => sum + program.bytes, 0);
  lines.push(
    `        gradients and optimizer state ${memory(training.state.block.bytes)}, programs ${memory(programs)}`,
    `        what all programs compute in, by turns: ${memory(network.runner.arena.block?.bytes ?? 0)}`,
  );
  const step = training.largestStep;
  if (!step) return lines;
  const { arenaBytes, live } = step.program;
  const batch = `a step on a batch of ${step.batch}`;
  return [...lines, `        ${batch}: ${memory(arenaBytes)} of that, of which ${memory(live)} are alive at once`];
}
