// The names of what logs and history show, as types, for editors and compilers: they follow from what `compile` was
// given. Not here: the names as strings (compile.ts).

import type { MetricLike } from '../metrics/metrics.js';
import type { Tensor } from '../tensor.js';

/** One for the only output, or for each of several by name. */
export type PerOutput<Out, T> = Out extends Tensor ? T : { readonly [K in keyof Out]?: T | undefined };

/** The metrics of a model: a list, or one for each of several outputs by name. */
export type MetricsOf<Out> = PerOutput<Out, readonly MetricLike[]>;

/** What logs call a metric: any string where its type doesn't say it, as of a function. */
type NameOf<M> = M extends string ? M : M extends { readonly name: infer N extends string } ? N : string;

type NamesIn<M> = M extends readonly (infer Each)[] ? NameOf<Each> : never;

/** 'sickAccuracy': the name of an output, then that of its metric. */
type NamesOfOutputs<M> = { [K in keyof M & string]: `${K}${Capitalize<NamesIn<M[K]>>}` }[keyof M & string];

/** 'sickLoss' for each output that has a loss, where there are several. */
type NamesOfLosses<K extends string, All = K> = K extends string ? ([All] extends [K] ? never : `${K}Loss`) : never;

/** What logs show beside 'loss', of a model with these losses `L` and metrics `M`. */
export type LogNames<Out, L, M> = Out extends Tensor ? NamesIn<M> : NamesOfLosses<keyof L & string> | NamesOfOutputs<M>;

/** The names of values on the validation data: 'valLoss', 'valAccuracy' … */
export type ValidationNames<Names extends string> = `val${Capitalize<Names | 'loss'>}`;

/** Of options of `fit`: there will be values on validation data. */
export type WithValidation = { readonly validationSplit: number } | { readonly validationData: object };
