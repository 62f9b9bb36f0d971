// A recipe is a program as data: leaves, then calls of the public API on what was made before. It can be run on any
// tensors, and printed as code that a person can paste.

import * as wg from '../../bindings/index.js';
import * as ops from '../../bindings/ops.js';
import { inputOf, Tensor } from '../../bindings/tensor.js';
import { type Leaf, leafText } from './leaves.js';

/** Refers to the item that was made as number `at`. */
export class Ref {
  constructor(readonly at: number) {}
}

/** An argument: a tensor made before, or anything that JSON can write. */
export type Arg = Ref | number | string | boolean | null | undefined | readonly Arg[] | { readonly [key: string]: Arg };

export interface Call {
  readonly name: string;
  /** A method of the first argument, else a function. */
  readonly method: boolean;
  readonly args: readonly Arg[];
  /** Which part of a result that is more than a tensor. */
  readonly part?: string | number;
}

export type Item = { readonly leaf: Leaf } | { readonly call: Call };

export interface Recipe {
  readonly items: readonly Item[];
  /** Numbers of the items that are read. */
  readonly outputs: readonly number[];
}

type Resolve = (ref: Ref) => unknown;

function argument(arg: Arg, resolve: Resolve): unknown {
  if (arg instanceof Ref) return resolve(arg);
  if (Array.isArray(arg)) return arg.map((part: Arg) => argument(part, resolve));
  if (typeof arg !== 'object' || arg === null) return arg;
  return Object.fromEntries(Object.entries(arg).map(([key, part]) => [key, argument(part, resolve)]));
}

type Functions = Readonly<Record<string, (...args: unknown[]) => unknown>>;

const functions = { ...wg, ...ops } as unknown as Functions;

/** What a call returns on what was `made` so far. */
export function apply({ name, method, args, part }: Call, made: readonly Tensor[]): Tensor {
  const values = args.map((arg) => argument(arg, ({ at }) => made[at]));
  const of = method ? (values[0] as unknown as Functions) : functions;
  const result = method ? of[name]!.apply(of, values.slice(1)) : of[name]!(...values);
  return (part === undefined ? result : (result as Record<string | number, unknown>)[part]) as Tensor;
}

/** All that the recipe makes, of leaves given in their order; `each` sees every tensor when it is made. */
export function run({ items }: Recipe, leaves: readonly Tensor[], each: (t: Tensor) => void = () => {}): Tensor[] {
  const made: Tensor[] = [];
  const given = leaves.values();
  for (const item of items) {
    made.push('leaf' in item ? (given.next().value as Tensor) : apply(item.call, made));
    each(made.at(-1)!);
  }
  return made;
}

export const leavesOf = ({ items }: Recipe): Leaf[] => items.flatMap((item) => ('leaf' in item ? [item.leaf] : []));

export const placeholder = ({ shape, dtype }: Leaf): Tensor => inputOf('x', shape, dtype);

function refsOf(arg: Arg): Ref[] {
  if (arg instanceof Ref) return [arg];
  return typeof arg === 'object' && arg !== null ? Object.values(arg).flatMap(refsOf) : [];
}

/** The numbers of the items that the outputs need. */
function needed({ items, outputs }: Recipe): number[] {
  const found = new Set(outputs);
  for (const at of found) {
    const item = items[at]!;
    if ('call' in item) for (const ref of refsOf(item.call.args)) found.add(ref.at);
  }
  return [...found].sort((a, b) => a - b);
}

/** How many calls the outputs need. */
export const callsOf = (recipe: Recipe): number => needed(recipe).filter((at) => 'call' in recipe.items[at]!).length;

function argText(arg: Arg): string {
  if (arg instanceof Ref) return `t${arg.at}`;
  if (Array.isArray(arg)) return `[${arg.map(argText).join(', ')}]`;
  if (typeof arg === 'object' && arg !== null) {
    const parts = Object.entries(arg).filter(([, part]) => part !== undefined);
    return parts.length ? `{ ${parts.map(([key, part]) => `${key}: ${argText(part)}`).join(', ')} }` : '{}';
  }
  return typeof arg === 'string' ? `'${arg}'` : Object.is(arg, -0) ? '-0' : `${arg}`;
}

function callText({ name, method, args, part }: Call): string {
  const texts = args.map(argText);
  while (texts.at(-1) === 'undefined' || texts.at(-1) === '{}') texts.pop();
  const call = method ? `${texts[0]}.${name}(${texts.slice(1).join(', ')})` : `${name}(${texts.join(', ')})`;
  return part === undefined ? call : typeof part === 'number' ? `${call}[${part}]` : `${call}.${part}`;
}

/** The lines of a program that makes what the outputs need. */
export function recipeText(recipe: Recipe): string {
  const lines = needed(recipe).map((at) => {
    const item = recipe.items[at]!;
    return `const t${at} = ${'leaf' in item ? leafText(item.leaf) : callText(item.call)};`;
  });
  return [...lines, `// read: ${recipe.outputs.map((at) => `t${at}`).join(', ')}`].join('\n');
}

export const isFloat = (t: Tensor): boolean => t instanceof Tensor && t.dtype === 'float32';
