// The files beside this one: models that Keras and TensorFlow.js wrote, and what they predict (make.py, make.mjs).

import { readFileSync } from 'node:fs';

/** An array in JSON. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What a model is given, by the names of its inputs, and what it predicts, output by output. */
export interface Predictions {
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly outputs: readonly Numbers[];
}

export const pathOf = (name: string): string => `test/keras/fixtures/${name}`;

export const bytesOf = (name: string): Uint8Array => Uint8Array.from(readFileSync(pathOf(name)));

export const predictionsOf = (name: string): Predictions => JSON.parse(readFileSync(pathOf(`${name}.json`), 'utf8'));
