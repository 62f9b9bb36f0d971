// Prints, as JSON, the rows that the guide's programs train and test on: node examples/data/rows.js | python3 examples/data/scores.py

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { trainTestSplit } from 'wasmgrad/data';

const FILES = {
  iris: 'iris.csv',
  wine: 'wine.csv',
  cancer: 'breast-cancer.csv',
  diabetes: 'diabetes.csv',
  digits: 'digits.csv.gz',
};

const rowsOf = ([name, file]) => {
  const bytes = readFileSync(new URL(file, import.meta.url));
  const text = file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  const labels = `${text}`
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').at(-1));
  const stratify = name === 'diabetes' ? undefined : labels;
  const [train, test] = trainTestSplit([...labels.keys()], { testSize: 0.25, seed: 1, stratify });
  return [name, { file, train, test }];
};

console.log(JSON.stringify(Object.fromEntries(Object.entries(FILES).map(rowsOf))));
