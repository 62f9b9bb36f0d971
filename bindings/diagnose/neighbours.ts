// Whether samples that are alike have labels that are alike. If they have not, no model can learn much: the labels may
// be shuffled.

import type { DataSet, Rows } from '../model/data.js';
import { countsOf, skillOf } from './classes.js';
import type { LabelsSeen } from './evidence.js';

/** How many neighbours vote. */
const VOTES = 5;
/** The most numbers of a sample that are compared: of more, evenly some. */
const NUMBERS = 512;

/** The skill of the nearest neighbours, and by how many standard deviations they agree more than by chance. */
export function neighboursOf(
  sample: DataSet,
  classes: Int32Array | undefined,
): Pick<LabelsSeen, 'neighbours' | 'agreement'> {
  const points = standardized(sample.inputs, sample.count);
  const near = nearest(points, sample.count);
  return classes ? votes(near, classes) : means(near, sample.labels[0]!, sample.count);
}

/** Samples as rows of columns of mean 0 and variance 1. */
function standardized(inputs: readonly Rows[], count: number): Float64Array {
  const columns = inputs.flatMap(({ data }) => {
    const width = data.length / count;
    const step = Math.max(1, Math.floor(width / NUMBERS));
    return Array.from({ length: Math.floor(width / step) }, (_, k) =>
      Float64Array.from({ length: count }, (_, row) => data[row * width + k * step]!),
    );
  });
  const points = new Float64Array(count * columns.length);
  columns.forEach((column, k) => {
    const mean = column.reduce((a, b) => a + b, 0) / count;
    const std = Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count);
    if (std > 0) column.forEach((v, row) => void (points[row * columns.length + k] = (v - mean) / std));
  });
  return points;
}

/** Of each sample the rows of the others that are nearest to it, the nearest first. */
function nearest(points: Float64Array, count: number): Int32Array[] {
  const width = points.length / count;
  const distances = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (points[i * width + k]! - points[j * width + k]!) ** 2;
      distances[i * count + j] = distances[j * count + i] = sum;
    }
    distances[i * count + i] = Infinity;
  }
  return Array.from({ length: count }, (_, i) => {
    const own = distances.subarray(i * count, (i + 1) * count);
    const found: number[] = [];
    for (let j = 0; j < count; j++) {
      if (j === i || (found.length === VOTES && own[j]! >= own[found[VOTES - 1]!]!)) continue;
      let at = found.length;
      while (at > 0 && own[j]! < own[found[at - 1]!]!) at--;
      found.splice(at, 0, j);
      if (found.length > VOTES) found.pop();
    }
    return Int32Array.from(found);
  });
}

/** Of classes: by how often a sample and each of its neighbours are of one class, and the vote of all of them. */
function votes(near: readonly Int32Array[], classes: Int32Array): Pick<LabelsSeen, 'neighbours' | 'agreement'> {
  const counts = countsOf(classes);
  let [right, alike, pairs] = [0, 0, 0];
  near.forEach((rows, i) => {
    const tally = counts.map(() => 0);
    for (const row of rows) {
      tally[classes[row]!]!++;
      pairs++;
      if (classes[row] === classes[i]) alike++;
    }
    if (tally.indexOf(Math.max(...tally)) === classes[i]) right++;
  });
  const chance = counts.reduce((sum, n) => sum + (n / classes.length) ** 2, 0);
  // Pairs are not independent: a neighbour is one of several samples. Taken as half as many, shuffled labels stay
  // within 3.
  const deviation = Math.sqrt((chance * (1 - chance)) / (pairs / 2));
  const agreement = deviation > 0 ? (alike / pairs - chance) / deviation : 0;
  return { neighbours: skillOf(right, counts), agreement };
}

/** Of values: by how the mean of its neighbours goes with each. */
function means(near: readonly Int32Array[], labels: Rows, count: number): Pick<LabelsSeen, 'neighbours' | 'agreement'> {
  const width = labels.data.length / count;
  const column = Float64Array.from({ length: count }, (_, row) => labels.data[row * width]!);
  const guesses = near.map((rows) => rows.reduce((sum, row) => sum + column[row]!, 0) / rows.length);
  const mean = column.reduce((a, b) => a + b, 0) / count;
  const guessed = guesses.reduce((a, b) => a + b, 0) / count;
  let [both, own, others, errors] = [0, 0, 0, 0];
  guesses.forEach((guess, i) => {
    both += (column[i]! - mean) * (guess - guessed);
    own += (column[i]! - mean) ** 2;
    others += (guess - guessed) ** 2;
    errors += (column[i]! - guess) ** 2;
  });
  const correlation = own > 0 && others > 0 ? both / Math.sqrt(own * others) : 0;
  return { neighbours: own > 0 ? 1 - errors / own : 1, agreement: correlation * Math.sqrt(count) };
}
