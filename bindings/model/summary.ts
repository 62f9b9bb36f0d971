// The model as a table.

import { type Shape, shapeText } from '../shape.js';
import type { BuiltLayer, Network } from './network.js';
import type { Trainer } from './trainer.js';

const count = (n: number): string => n.toLocaleString('en-US');

const bytes = (n: number): string =>
  n < 2 ** 20 ? `${(n / 2 ** 10).toFixed(1)} KiB` : `${(n / 2 ** 20).toFixed(1)} MiB`;

const batched = (shape: Shape): string => shapeText(['n' as never, ...shape]);

function row({ name, layer, outputShape, tensors }: BuiltLayer): string[] {
  const parameters = Object.values(tensors).reduce((sum, { size }) => sum + size, 0);
  return [`${name} (${layer.kind})`, batched(outputShape), count(parameters)];
}

/** Cells padded to columns: text to the left, the last column to the right. */
function table(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((r) => r[i]!.length)));
  return rows.map((r) =>
    r.map((cell, i) => (i === r.length - 1 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  '),
  );
}

const stepText = ({ batch, program }: NonNullable<Trainer['largestStep']>): string =>
  `a step on a batch of ${batch}: ${bytes(program.bytes)}, of which ${bytes(program.live)} are alive at once`;

export function summaryOf(network: Network, trainer: Trainer | undefined): string {
  const lines = table([
    ['layer', 'output', 'parameters'],
    ['input', batched(network.inputShape), ''],
    ...network.layers.map(row),
    ['total', '', count(network.block.count)],
  ]);
  const rule = '-'.repeat(lines[0]!.length);
  lines.splice(1, 0, rule);
  lines.splice(-1, 0, rule);
  lines.push(`memory: parameters ${bytes(network.block.block.bytes)}`);
  if (trainer) {
    const { state, programBytes, largestStep } = trainer;
    lines.push(`        gradients and optimizer state ${bytes(state.block.bytes)}, programs ${bytes(programBytes)}`);
    if (largestStep) lines.push(`        ${stepText(largestStep)}`);
  }
  return lines.join('\n');
}
