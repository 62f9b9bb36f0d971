// What a row of the tables of layers is: which modules of PyTorch a layer is, and how they are called. Not here: the
// rows (rules.ts, sequences.ts, attention.ts).

import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Arrangement, Layout } from './layout.js';
import type { Call } from './trace.js';

/** A module of PyTorch. */
export interface ModuleRule {
  /** Its name in that of the layer, where a layer is several modules. */
  readonly name?: string | undefined;
  /** What makes it: 'nn.Linear(4, 2)'. */
  readonly text: string;
  /**
   * Its tensors by name. Each is a variable of the layer, or several, the rows of one below those of the other;
   * `Arrangement` says in which order their numbers lie.
   */
  readonly tensors: Readonly<Record<string, readonly [parts: string | readonly string[], Arrangement?]>>;
}

/** What a call of a layer is in PyTorch. */
export interface Rule {
  /** The layout that its input must have; 'any' for what does not mind, and 'rows' for features in any order. */
  readonly takes: 'first' | 'last' | 'any' | 'rows';
  /** The layout of its output; by default that of its input. */
  readonly gives?: Layout | undefined;
  readonly modules: readonly ModuleRule[];
  /** What it reads besides its input, with channels last. */
  readonly reads?: readonly Tensor[] | undefined;
  /** The expression, of the input, the modules, and what it reads besides. */
  code(x: string, ...others: readonly string[]): string;
  /** It applies the activation of the layer itself. */
  readonly activates?: boolean | undefined;
  /** Runs otherwise in training: a frozen one must be kept from that. */
  readonly trains?: boolean | undefined;
  /** Classes and functions that it needs besides those of PyTorch. */
  readonly helpers?: readonly string[] | undefined;
}

/** The rule for a call, whose input has this layout; undefined if the layer is to be written by its ops. */
export type RuleOf = (call: Call, layout: Layout) => Rule | undefined;

export type Options = Readonly<Record<string, unknown>>;

/** The last argument of a call that makes a layer. */
export const optionsOf = ({ signature }: Call): Options => (signature.at(-1) ?? {}) as Options;

export const sampleOf = (t: Tensor): Shape => t.shape.slice(1);

export const one = (text: string, tensors: ModuleRule['tensors'] = {}): readonly ModuleRule[] => [{ text, tensors }];

export const called = (x: string, module = ''): string => `${module}(${x})`;

/** The bias of a layer, if it has one. */
export const biasOf = ({ variables }: Call): ModuleRule['tensors'] => (variables.bias ? { bias: ['bias'] } : {});
