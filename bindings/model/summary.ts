// The model as a table.

import { type Shape, shapeText } from '../shape.js';
import type { BuiltLayer, Network } from './network.js';
import type { Trainer } from './trainer.js';

const count = (n: number): string => n.toLocaleString('en-US');

const kib = (bytes: number): string => `${count(Math.ceil(bytes / 1024))} KiB`;

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
  const width = Math.max(...rows.flat().map(({ length }) => length));
  const lines = rows.map(([a, b, c]) => `${a!.padEnd(width)}  ${b!.padEnd(width)}  ${c!.padStart(width)}`);
  const rule = '-'.repeat(lines[0]!.length);
  lines.splice(1, 0, rule);
  lines.splice(-1, 0, rule);
  lines.push(`memory: parameters ${kib(network.block.block.bytes)}`);
  if (trainer) {
    const { state, programBytes, largestStep } = trainer;
    lines.push(`        gradients and optimizer state ${kib(state.block.bytes)}, programs ${kib(programBytes)}`);
    if (largestStep) {
      const { batch, program } = largestStep;
      lines.push(
        `        a step on a batch of ${batch}: ${kib(program.bytes)}, of which ${kib(program.live)} are alive at once`,
      );
    }
  }
  return lines.join('\n');
}
