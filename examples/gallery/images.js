// # Images

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { imageGrid } from 'wasmgrad/plot';

const rows = gunzipSync(readFileSync('examples/data/digits.csv.gz')).toString().trim().split('\n').slice(1, 33);
const digits = rows.map((row) => row.split(',').map(Number));
const pixels = Float32Array.from(digits.flatMap((row) => row.slice(0, 64).map((value) => value / 16)));

export const figure = imageGrid(
  { data: pixels, shape: [32, 8, 8] },
  { labels: digits.map((row) => row[64]), title: 'Digits' },
);
