// The options of compile: what a model is trained with. Not here: how it is trained (training.ts, fit.ts).

import type { Logs } from '../callbacks/callback.js';
import { check, checkFunction, checkIs, checkNumber, isRecord } from '../errors.js';
import { type LossLike, lossOf, misfit } from '../losses/losses.js';
import { type ExactMetric, isExact } from '../metrics/exact.js';
import { type Metric, type MetricLike, metricOf } from '../metrics/metrics.js';
import { checkOptimizer, type Optimizer } from '../optimizers/optimizer.js';
import { anything, options, type Rules } from '../options.js';
import type { Tensor } from '../tensor.js';
import type { EndSpecs, Ends } from './ends.js';
import type { MetricsOf, PerOutput } from './lognames.js';
import type { Network } from './network.js';
import type { Compiled, Target } from './training.js';

/** Options of `compile`. `L` and `M` are what it was given as losses and metrics. */
export interface CompileOptions<Out = Tensor, L = PerOutput<Out, LossLike>, M = MetricsOf<Out>> {
  /** sgd(), adam() …, or one of your own. */
  readonly optimizer: Optimizer;
  /**
   * A name, an imported loss, as huber(), or a function of (yTrue, yPred) that returns a scalar tensor; of several
   * outputs an object of them by name. An output without a loss is not trained.
   */
  readonly loss: L;
  /** How much the loss of each of several outputs counts; default 1. */
  readonly lossWeights?: { readonly [K in keyof Out]?: number | undefined } | undefined;
  /** Names, imported metrics, or functions like a loss; of several outputs an object of such lists by name. */
  readonly metrics?: M | undefined;
}

const compileOptions = options({
  optimizer: (given, what) => {
    checkOptimizer(what, given);
    return given;
  },
  loss: anything<unknown>(),
  lossWeights: anything<unknown>(),
  metrics: anything<unknown>(),
} satisfies Rules<Record<keyof CompileOptions, unknown>>);

/** The options of compile for a network, checked. */
export function compiledOf(given: CompileOptions<Ends>, network: Network): Compiled {
  const { optimizer, loss, lossWeights, metrics } = compileOptions('compile', given);
  const { outputs } = network.definition;
  const losses = eachOutput<LossLike>('loss', outputs, loss);
  const weights = eachOutput<number>('lossWeights', outputs, lossWeights);
  const last = network.lastTensors;
  const targets = losses.flatMap((l, output) => {
    const left = l === undefined && outputs.names !== undefined; // an only output needs a loss
    return left ? [] : [targetOf(l!, output, weights[output], network, last[output]!)];
  });
  check(targets.length > 0, () => `compile: loss must have one for at least one output (${outputs.names?.join(', ')})`);
  const lists = eachOutput<readonly MetricLike[]>('metrics', outputs, metrics);
  const measured = lists.flatMap((list = [], output) => {
    checkIs(Array.isArray(list), 'compile: metrics', 'an array', list);
    const target = targets.findIndex((t) => t.output === output);
    check(target >= 0 || list.length === 0, () => `compile: metrics of ${outputs.names?.[output]} need a loss of it`);
    return list.map((m) => ({ target, metric: metricOf(m) }));
  });
  const metricsOf = <T>(some: (metric: Metric | ExactMetric) => boolean) =>
    measured.filter(({ metric }) => some(metric)) as { target: number; metric: T }[];
  const means = metricsOf<Metric>((metric) => !isExact(metric));
  const exact = metricsOf<ExactMetric>(isExact);
  exact.forEach(({ metric }) => void checkExact(metric));
  const each = targets.length > 1 ? targets.map((_, target) => ({ target, metric: { name: 'loss' } })) : [];
  const names = namesOf(targets, [...each, ...means, ...exact], outputs);
  const count = names.length - exact.length;
  const [own, ofExact] = [names.slice(0, count), names.slice(count)];
  return { given, optimizer, targets, metrics: means, names: own, exact, exactNames: ofExact };
}

/** Of several outputs an object by name, whose names are checked. */
function eachOutput<T>(option: string, { names }: EndSpecs, given: unknown): (T | undefined)[] {
  if (!names) return [given as T | undefined];
  if (given === undefined) return names.map(() => undefined);
  const expected = `an object by output (${names.join(', ')})`;
  const object = isRecord(given);
  checkIs(object, `compile: ${option}`, expected, given);
  const unknown = Object.keys(given as object).find((name) => !names.includes(name));
  check(
    unknown === undefined,
    () => `compile: ${option} has '${unknown}' in it, which is no output: it must be ${expected}`,
  );
  return names.map((name) => (given as Record<string, T | undefined>)[name]);
}

function targetOf(given: LossLike, output: number, weight: unknown, network: Network, last: Tensor): Target {
  const loss = lossOf(given);
  if (weight !== undefined) checkNumber('compile: a loss weight', weight, 0);
  const classes = network.definition.outputs.specs[output]!.shape.at(-1) ?? 1;
  const { op, shape } = last;
  const ofOne = loss.classes && classes < 2 ? loss : /softmax/i.test(op.name) && shape.at(-1) === 1 && op;
  check(!ofOne, () => {
    return `compile: ${(ofOne as typeof op).name} needs at least 2 outputs, got 1; for one use 'binaryCrossEntropy' after 'sigmoid'`;
  });
  const wrong = loss.fromLogits && misfit(loss, op);
  check(!wrong, () => `compile: ${wrong}`);
  return { output, loss, weight: (weight as number | undefined) ?? 1 };
}

/** What logs call a value on the validation data: 'valLoss'. */
const validationName = (name: string): string => `val${capital(name)}`;

/** Loss and metrics of the validation data, under the names that logs show. */
export type ValidationLogs = Readonly<Record<string, number>>;

/** Gives them these names. */
export const validationLogs = (logs: Logs): ValidationLogs =>
  Object.fromEntries(Object.entries(logs).map(([name, value]) => [validationName(name), value]));

const capital = (name: string): string => `${name[0]!.toUpperCase()}${name.slice(1)}`;

/** Throws for a metric that is a list or a matrix, which logs have no place for. */
function checkExact(metric: ExactMetric): void {
  for (const name of ['init', 'update', 'result'] as const)
    checkFunction(`compile: ${name} of ${metric.name}`, metric[name]);
  check(!Array.isArray(metric.result(metric.init())), () => {
    return `compile: ${metric.name} is no single number; measure(${metric.name}(…), y, model.predict(x)) shows it`;
  });
}

/** What logs show: 'loss', of several outputs 'sickLoss' …, then the metrics: 'accuracy', of several 'sickAccuracy'. */
function namesOf(
  targets: readonly Target[],
  measured: readonly { readonly target: number; readonly metric: { readonly name: string } }[],
  outputs: EndSpecs,
): string[] {
  const nameOf = (target: number, name: string): string => {
    const output = outputs.names?.[targets[target]!.output];
    return output === undefined ? name : `${output}${capital(name)}`;
  };
  const names = ['loss'];
  for (const name of measured.map(({ target, metric }) => nameOf(target, metric.name))) {
    // val… is what validation adds, 'Loss' would be 'valLoss' there, and what is called __proto__ would not be logged.
    const taken = names.some((other) => validationName(other) === validationName(name));
    const free = !taken && !/^(val[A-Z].*|__proto__)$/.test(name);
    check(free, () => `compile: the name '${name}' is taken: give that metric another`);
    names.push(name);
  }
  return names;
}
