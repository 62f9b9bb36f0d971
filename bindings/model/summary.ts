// summary: a model as a table, and the memory that it takes.

import { type Shape, shapeText } from '../shape.js';
import type { BuiltLayer, Network } from './network.js';
import type { Trainer } from './trainer.js';

const count = (n: number): string => n.toLocaleString('en-US');

const memory = (bytes: number): string =>
  bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const batched = (shape: Shape): string => shapeText(['n' as never, ...shape]);

function row({ name, layer, outputShape, tensors }: BuiltLayer): string[] {
  const parameters = Object.values(tensors).reduce((sum, { size }) => sum + size, 0);
  return [`${name} (${layer.kind})`, batched(outputShape), count(parameters)];
}

export function summaryOf(network: Network, trainer: Trainer | undefined): string {
  const rows = [
    ['layer', 'output', 'parameters'],
    ['input', batched(network.inputShape), ''],
    ...network.layers.map(row),
    ['total', '', count(network.block.count)],
  ];
  const [wide, middle, last] = [0, 1, 2].map((k) => Math.max(...rows.map((cells) => cells[k]!.length)));
  const lines = rows.map(([a, b, c]) => `${a!.padEnd(wide!)}  ${b!.padEnd(middle!)}  ${c!.padStart(last!)}`);
  const rule = '-'.repeat(lines[0]!.length);
  lines.splice(1, 0, rule);
  lines.splice(-1, 0, rule);
  lines.push(`memory: parameters ${memory(network.block.block.bytes)}`);
  if (trainer) {
    const programs = [...trainer.programs.values()].reduce((sum, { program }) => sum + program.bytes, 0);
    lines.push(
      `        gradients and optimizer state ${memory(trainer.state.block.bytes)}, programs ${memory(programs)}`,
    );
    lines.push(`        what all programs compute in, by turns: ${memory(network.runner.arena.block?.bytes ?? 0)}`);
    const step = trainer.largestStep;
    if (step) {
      const { arenaBytes, live } = step.program;
      lines.push(
        `        a step on a batch of ${step.batch}: ${memory(arenaBytes)} of that, of which ${memory(live)} are alive at once`,
      );
    }
  }
  return lines.join('\n');
}
