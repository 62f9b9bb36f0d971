// The text of model.py: a model as a class of PyTorch. Not here: what it computes (structure.ts).

import type { EndSpecs } from '../model/ends.js';
import { shapeFirst } from './layout.js';
import { py, pyName } from './python.js';
import { isImages, type Structure } from './structure.js';

/** The text of model.py. */
export function modelFile(structure: Structure, inputs: EndSpecs, outputs: EndSpecs): string {
  const { helpers, lines, results } = structure;
  const returned = outputs.names
    ? `{${outputs.names.map((name, i) => `${py(name)}: ${results[i]}`).join(', ')}}`
    : results[0]!;
  const body = [...constructed(structure), '', ...forward(structure.inputs, [...lines, `return ${returned}`])];
  return `"""A model of wasmgrad, as a module of PyTorch.

    model = Model()
    model.load_state_dict(torch.load("weights.pt"))
"""

import torch
import torch.nn.functional as F
from torch import nn

${helpers.map((text) => `\n${text}\n`).join('')}
class Model(nn.Module):
    """Takes ${endsText(inputs, 'x')}.
    Gives ${endsText(outputs, '')}.
    """

    def __init__(self):
        super().__init__()
${body.map((line) => (line === '' ? '' : `    ${line}`)).join('\n')}
${training(structure)}`;
}

/** `x [n, 3, 32, 32]`: shapes as they are there. */
function endsText({ names, specs }: EndSpecs, alone: string): string {
  const texts = specs.map(({ shape, dtype }, i) => {
    const there = isImages({ shape: [1, ...shape] }) ? shapeFirst(shape) : shape;
    const name = names ? `${pyName(names[i]!)} ` : alone && `${alone} `;
    return `${name}[${['n', ...there].join(', ')}]${dtype === 'int32' ? ' of whole numbers' : ''}`;
  });
  return texts.join(', ');
}

/** The statements of __init__. */
function constructed({ modules, bare, buffers, weights }: Structure): string[] {
  const made = new Set<string>();
  const within = (path: string): string[] => {
    const parts = path.split('.').slice(0, -1);
    const outer = parts.map((_, i) => parts.slice(0, i + 1).join('.')).filter((part) => !made.has(part));
    for (const part of outer) made.add(part);
    return outer.map((part) => `self.${part} = nn.Module()`);
  };
  const lines = modules.flatMap(({ path, text }) => [...within(path), `self.${path} = ${text}`]);
  for (const { name, there, variables } of bare) {
    const parts = name.split('.');
    const zeros = `torch.zeros(${py(there)})`;
    lines.push(...within(name));
    if (!variables[0]!.isState) lines.push(`self.${name} = nn.Parameter(${zeros})`);
    else lines.push(`self.${parts.slice(0, -1).join('.')}.register_buffer(${py(parts.at(-1))}, ${zeros})`);
  }
  for (const [name, text] of buffers) lines.push(`self.register_buffer(${py(name)}, ${text}, persistent=False)`);
  for (const { name, variables } of weights) {
    if (!variables.some(({ trainable, isState }) => trainable || isState))
      lines.push(`self.${name}.requires_grad = False`);
  }
  return lines.map((line) => `    ${line}`);
}

const forward = (inputs: readonly string[], lines: readonly string[]): string[] => [
  `def forward(${['self', ...inputs].join(', ')}):`,
  ...lines.map((line) => `    ${line}`),
];

/** Keeps what is frozen from being trained. */
const training = ({ frozen }: Structure): string =>
  frozen.length === 0
    ? ''
    : `
    def train(self, mode=True):
        super().train(mode)
        for frozen in [${frozen.map((path) => `self.${path}`).join(', ')}]:
            frozen.eval()
        return self
`;
