// Data sets for trainings of known cause: made here, those of examples/data, and digits of the package mnist. Columns
// are scaled to mean 0 and variance 1; classes are whole numbers.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import type { Numbers } from '../numbers.js';

/** Samples with labels: classes, or of `classes` 0 a value each. */
export interface Data {
  readonly name: string;
  readonly x: number[][];
  readonly y: number[];
  readonly classes: number;
}

type Make = (numbers: Numbers, n: number) => Data;

export const normal = (numbers: Numbers): number =>
  Math.sqrt(-2 * Math.log(1 - numbers.uniform())) * Math.cos(2 * Math.PI * numbers.uniform());

/** Columns of mean 0 and variance 1; of values the labels, too. */
function scaled({ name, x, y, classes }: Data): Data {
  const columns = x[0]!.map((_, k) => scaledColumn(x.map((row) => row[k]!)));
  return { name, x: x.map((_, i) => columns.map((c) => c[i]!)), y: classes > 0 ? y : scaledColumn(y), classes };
}

function scaledColumn(column: readonly number[]): number[] {
  const mean = column.reduce((a, b) => a + b, 0) / column.length;
  const std = Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / column.length) || 1;
  return column.map((v) => (v - mean) / std);
}

function generated(name: string, classes: number, one: (numbers: Numbers, i: number) => [number[], number]): Make {
  return (numbers, n) => {
    const rows = Array.from({ length: n }, (_, i) => one(numbers, i));
    return scaled({ name, x: rows.map(([x]) => x), y: rows.map(([, y]) => y), classes });
  };
}

const around = (numbers: Numbers, center: readonly number[], spread: number): number[] =>
  center.map((c) => c + spread * normal(numbers));

const uniforms = (numbers: Numbers, n: number): number[] => Array.from({ length: n }, () => 2 * numbers.uniform() - 1);

/** Rows of a file of examples/data, in a seeded order. */
function table(file: string, classes: number): Make {
  const bytes = readFileSync(`examples/data/${file}`);
  const lines = `${file.endsWith('.gz') ? gunzipSync(bytes) : bytes}`.trim().split('\n').slice(1);
  const rows = lines.map((line) => line.split(','));
  const names = [...new Set(rows.map((row) => row.at(-1)!))].sort();
  return (numbers, n) => {
    const some = shuffled(numbers, rows).slice(0, n);
    const label = (row: readonly string[]): number => (classes > 0 ? names.indexOf(row.at(-1)!) : Number(row.at(-1)));
    return scaled({ name: file, x: some.map((row) => row.slice(0, -1).map(Number)), y: some.map(label), classes });
  };
}

export function shuffled<T>(numbers: Numbers, values: readonly T[]): T[] {
  const all = [...values];
  for (let i = all.length - 1; i > 0; i--) {
    const j = numbers.below(i + 1);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

/** Digits of the package mnist, 14x14 pixels, each the mean of four. */
const mnist: Make = (numbers, n) => {
  const digits = createRequire(import.meta.url)('mnist') as Record<number, { get(i: number): number[] }>;
  const rows = Array.from({ length: n }, (_, i) => {
    const pixels = digits[i % 10]!.get(numbers.below(800));
    const small = Array.from({ length: 196 }, (_, k) => {
      const at = Math.floor(k / 14) * 56 + (k % 14) * 2;
      return (pixels[at]! + pixels[at + 1]! + pixels[at + 28]! + pixels[at + 29]!) / 4;
    });
    return { small, digit: i % 10 };
  });
  return { name: 'mnist', x: rows.map(({ small }) => small), y: rows.map(({ digit }) => digit), classes: 10 };
};

const corners = [
  [1, 1, 1],
  [-1, 1, -1],
  [1, -1, -1],
  [-1, -1, 1],
];

/** Thresholds are chosen by these. */
export const TUNING: readonly Make[] = [
  generated('blobs', 3, (r, i) => [around(r, [Math.cos(2 * (i % 3)), Math.sin(2 * (i % 3))], 0.35), i % 3]),
  generated('moons', 2, (r, i) => {
    const t = Math.PI * r.uniform();
    const [cx, cy] = i % 2 ? [1 - Math.cos(t), 0.5 - Math.sin(t)] : [Math.cos(t), Math.sin(t)];
    return [around(r, [cx, cy], 0.15), i % 2];
  }),
  generated('circles', 2, (r, i) => {
    const t = 2 * Math.PI * r.uniform();
    const radius = i % 2 ? 1 : 0.4;
    return [around(r, [radius * Math.cos(t), radius * Math.sin(t)], 0.1), i % 2];
  }),
  generated('plane', 0, (r) => {
    const x = uniforms(r, 5);
    return [x, x[0]! - 2 * x[1]! + 0.5 * x[2]! + 0.1 * normal(r)];
  }),
  generated('sine', 0, (r) => {
    const [a, b] = uniforms(r, 2);
    return [[a!, b!], Math.sin(3 * a!) + b! * b! + 0.1 * normal(r)];
  }),
  generated('pinwheel', 3, (r, i) => {
    const t = 0.2 + r.uniform();
    const angle = 2 * t + ((i % 3) * 2 * Math.PI) / 3;
    return [around(r, [t * Math.cos(angle), t * Math.sin(angle)], 0.06), i % 3];
  }),
  generated('checkers', 2, (r) => {
    const [a, b] = uniforms(r, 2);
    return [[a!, b!], (Math.floor(1.5 * a! + 1.5) + Math.floor(1.5 * b! + 1.5)) % 2];
  }),
  generated('hills', 0, (r) => {
    const x = uniforms(r, 4);
    return [x, Math.cos(3 * x[0]! * x[1]!) + Math.abs(x[2]!) + x[3]! + 0.25 * normal(r)];
  }),
  generated('clouds', 3, (r, i) => [
    around(
      r,
      [0, 1, 2, 3].map((k) => +(k === i % 3)),
      0.55,
    ),
    i % 3,
  ]),
  table('iris.csv', 3),
  table('wine.csv', 3),
  table('digits.csv.gz', 10),
];

/** What is reported is of these, which nobody tuned by. */
export const HELD_OUT: readonly Make[] = [
  generated('spirals', 2, (r, i) => {
    const t = 0.3 + 1.2 * r.uniform();
    const angle = 4 * t + (i % 2) * Math.PI;
    return [around(r, [t * Math.cos(angle), t * Math.sin(angle)], 0.05), i % 2];
  }),
  generated('corners', 4, (r, i) => [around(r, corners[i % 4]!, 0.5), i % 4]),
  generated('quadrants', 2, (r) => {
    const [a, b] = uniforms(r, 2);
    return [[a!, b!], a! * b! > 0 ? 1 : 0];
  }),
  generated('friedman', 0, (r) => {
    const x = Array.from({ length: 6 }, () => r.uniform());
    const y = 10 * Math.sin(Math.PI * x[0]! * x[1]!) + 20 * (x[2]! - 0.5) ** 2 + 10 * x[3]! + 5 * x[4]!;
    return [x, y + normal(r)];
  }),
  generated('bowl', 0, (r) => {
    const x = uniforms(r, 3);
    return [x, x[0]! ** 2 + x[1]! ** 2 - x[2]! + 0.1 * normal(r)];
  }),
  table('breast-cancer.csv', 2),
  table('diabetes.csv', 0),
  mnist,
];
