// What samples and labels show, in numbers: the size of each column, how many samples a class has, whether samples that
// are alike have labels that are alike, and how well a model tells them.

import type { Loss } from '../losses/losses.js';
import type { DataSet, Rows } from '../model/data.js';
import type { Inspection } from '../model/inspect.js';
import { sizeOf } from '../shape.js';
import { classesIn, countsOf, skillOf } from './classes.js';
import type { ColumnSeen, InputsSeen, LabelsSeen, NoProbability, Snapshot } from './evidence.js';
import { neighboursOf } from './neighbours.js';

type Numbers = ArrayLike<number>;

/** So far from 1 a sum of probabilities may be. */
const ROUNDING = 1e-3;

/**
 * What the first layer with a kernel gets, column by column: the samples, or what layers that scale them make of these.
 */
export function inputsSeen(sample: DataSet, layers: Inspection['layers'], samples: number): InputsSeen {
  const all = Object.values(layers);
  const first = all.findIndex(({ dW }) => dW !== undefined);
  const floats = sample.inputs.filter(({ dtype }) => dtype === 'float32');
  const scaled = first > 0 && floats.length === 1 ? all[first - 1]!.a : undefined;
  if (scaled) return { samples, columns: columnsOf('x', scaled.values(), scaled.shape.at(-1) ?? 1) };
  const columns = floats.flatMap(({ name, data, rowShape }) => columnsOf(name, data, rowShape.at(-1) ?? 1));
  return { samples, columns };
}

function columnsOf(name: string, data: Numbers, width: number): readonly ColumnSeen[] {
  const rows = data.length / width;
  return Array.from({ length: width }, (_, column) => {
    let [sum, squares] = [0, 0];
    for (let i = column; i < data.length; i += width) sum += data[i]!;
    const mean = sum / rows;
    for (let i = column; i < data.length; i += width) squares += (data[i]! - mean) ** 2;
    return { name: width > 1 ? `column ${column} of ${name}` : name, mean, std: Math.sqrt(squares / rows) };
  });
}

/** Labels alone, and beside those of the samples that are most alike. */
export function labelsSeen(sample: DataSet, loss: Loss): LabelsSeen {
  const labels = sample.labels[0]!;
  const classes = classesIn(labels, loss);
  const counts = classes && countsOf(classes);
  return { counts, constantLoss: constantLoss(labels, counts, loss.name), ...neighboursOf(sample, classes) };
}

/** The loss of the best answer that is always the same. */
function constantLoss({ data, rowShape, count }: Rows, counts: number[] | undefined, loss: string): number | undefined {
  if (/CrossEntropy/.test(loss)) {
    return counts?.reduce((sum, n) => (n > 0 ? sum - (n / count) * Math.log(n / count) : sum), 0);
  }
  const columns = columnsOf('', data, sizeOf(rowShape));
  const mean = (of: (column: ColumnSeen) => number): number =>
    columns.reduce((sum, column) => sum + of(column), 0) / columns.length;
  if (loss === 'mse' || loss === 'meanSquaredError') return mean(({ std }) => std ** 2);
  return loss === 'mae' || loss === 'meanAbsoluteError' ? mean(({ std }) => 0.8 * std) : undefined;
}

/** How much better a model's outputs are than always the same answer. */
export function scoreOf(labels: Rows, output: Numbers, loss: Loss): Pick<Snapshot, 'skill' | 'recalls'> {
  const classes = classesIn(labels, loss);
  if (!classes || output.length % classes.length > 0) return { skill: explained(labels, output), recalls: [] };
  const counts = countsOf(classes);
  const right = counts.map(() => 0);
  const told = toldBy(output, output.length / classes.length, loss.fromLogits ? 0 : 0.5);
  classes.forEach((c, row) => {
    if (told(row) === c) right[c]!++;
  });
  const recalls = right.map((n, c) => n / counts[c]!);
  return {
    skill: skillOf(
      right.reduce((a, b) => a + b),
      counts,
    ),
    recalls,
  };
}

/** The first row of outputs that are no probabilities: one of them is not in 0 … 1, or those of classes do not add up to 1. */
export function noProbabilityIn(
  outputs: Numbers,
  width: number,
  ofClasses: boolean,
): (Pick<NoProbability, 'value' | 'isSum'> & { readonly row: number }) | undefined {
  for (let row = 0; row < outputs.length / width; row++) {
    const own = Array.from({ length: width }, (_, c) => outputs[row * width + c]!);
    const outside = own.find((p) => p < -ROUNDING || p > 1 + ROUNDING);
    if (outside !== undefined) return { row, value: outside, isSum: false };
    const sum = own.reduce((a, b) => a + b);
    if (ofClasses && Math.abs(sum - 1) > ROUNDING) return { row, value: sum, isSum: true };
  }
  return undefined;
}

/** The class that outputs tell for a row. */
function toldBy(output: Numbers, width: number, middle: number): (row: number) => number {
  if (width === 1) return (row) => (output[row]! > middle ? 1 : 0);
  return (row) => {
    let best = row * width;
    for (let i = best; i < (row + 1) * width; i++) if (output[i]! > output[best]!) best = i;
    return best - row * width;
  };
}

/** R²: 1 - Σ error² / Σ deviation from the mean². */
function explained({ data, rowShape }: Rows, output: Numbers): number {
  if (output.length !== data.length) return Number.NaN;
  const width = sizeOf(rowShape);
  const deviations = columnsOf('', data, width).reduce((sum, { std }) => sum + std ** 2, 0) * (data.length / width);
  let errors = 0;
  for (let i = 0; i < data.length; i++) errors += (data[i]! - output[i]!) ** 2;
  return deviations > 0 ? 1 - errors / deviations : 1;
}
