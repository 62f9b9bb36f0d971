// Which tensor of a state dict is which variable of a model. Not here: reading files (statefile.ts), and how arrays lie
// (layout.ts).

import { check } from '../errors.js';
import type { StateFile } from './statefile.js';
import type { Structure } from './structure.js';
import type { Weight } from './weights.js';

/**
 * What tensors of PyTorch are called in the model: by their names or those of their modules, `{ fc1: 'dense' }`, or a
 * function of the name of a tensor, that returns undefined for one to be left out.
 */
export type Rename = Readonly<Record<string, string>> | ((name: string) => string | undefined);

/** A tensor's name in the file, and in the model. */
export interface Match {
  readonly given: string;
  readonly name: string;
}

/** What PyTorch keeps, and no model here needs. */
const COUNT = /(^|\.)num_batches_tracked$/;

/** What DistributedDataParallel puts before all names. */
const WRAPPED = 'module.';

/**
 * Layers that PyTorch stacks in one module, and that are modules of their own here: rnn.weight_ih_l1 is
 * rnn.l1.weight_ih_l0.
 */
const unstacked = (name: string): string =>
  name.replace(
    /([^.]+_[ih]h)_l([1-9]\d*)(_reverse)?$/,
    (_, tensor, number, back = '') => `l${number}.${tensor}_l0${back}`,
  );

const prefixOf = (name: string): string => name.slice(0, Math.max(name.lastIndexOf('.'), 0));

/** The names of the tensors in the model, as PyTorch would have it: 'dense.weight'. */
export function matchNames(file: StateFile, structure: Structure, rename: Rename | undefined): Match[] {
  const all = [...file.tensors.keys()].filter((name) => !COUNT.test(name));
  const wrapped = all.length > 0 && all.every((name) => name.startsWith(WRAPPED));
  const pairs = all.map((given) => ({ given, name: wrapped ? given.slice(WRAPPED.length) : given }));
  if (typeof rename === 'function') return pairs.flatMap((pair) => named(pair, rename));
  const apart = pairs.map(({ given, name }) => {
    return { given, name: rename && Object.hasOwn(rename, name) ? name : unstacked(name) };
  });
  if (rename) return apart.map((pair) => renamed(pair, rename));
  const known = new Set(structure.weights.flatMap(({ name, variables }) => [name, ...variables.map((v) => v.name)]));
  return pairs.some(({ name }) => known.has(name)) ? pairs : inOrder(file, apart, structure.weights);
}

function named({ given, name }: Match, rename: (name: string) => string | undefined): Match[] {
  const other = rename(name);
  return other === undefined ? [] : [{ given, name: other }];
}

function renamed({ given, name }: Match, rename: Readonly<Record<string, string>>): Match {
  // The longest name that is given: that of the tensor, or of a module that it is in.
  for (let part = name; part !== ''; part = prefixOf(part)) {
    if (Object.hasOwn(rename, part)) return { given, name: `${rename[part]}${name.slice(part.length)}` };
  }
  return { given, name };
}

/** The modules of the file one after the other are the layers of the model one after the other. */
function inOrder(file: StateFile, pairs: readonly Match[], weights: readonly Weight[]): Match[] {
  const theirs = [...new Set(pairs.map(({ name }) => prefixOf(name)))];
  const ours = [...new Set(weights.map(({ name }) => prefixOf(name)))];
  const lists = (): string => `the file has ${theirs.join(', ')}; the model has ${ours.join(', ')}`;
  const sorted = file.ordered ? theirs : byNumber(theirs);
  check(sorted !== undefined, () => {
    return `${file.what}: safetensors does not keep the order of modules; say by rename which is which: ${lists()}`;
  });
  check(sorted.length === ours.length, () => {
    return `${file.what} has ${theirs.length} modules with tensors, and the model ${ours.length}; say by rename which is which: ${lists()}`;
  });
  const others = new Map(sorted.map((module, i) => [module, ours[i]!]));
  return pairs.map(({ given, name }) => {
    const module = prefixOf(name);
    return { given, name: `${others.get(module)}${module === '' ? '.' : ''}${name.slice(module.length)}` };
  });
}

/** Modules of one nn.Sequential in their order; undefined if they differ in more than a number. */
function byNumber(modules: readonly string[]): string[] | undefined {
  const parts = modules.map((module) => /^(.*?)(\d+)$/.exec(module));
  if (parts.some((part) => part?.[1] !== parts[0]?.[1] || part === null))
    return modules.length === 1 ? [...modules] : undefined;
  return [...modules].sort((a, b) => Number(/\d+$/.exec(a)![0]) - Number(/\d+$/.exec(b)![0]));
}
