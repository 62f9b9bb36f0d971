// What the guide says of operators is what the table of imports has.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ROWS } from '../../bindings/onnx/import/table.js';

it('the guide lists all operators that are read', () => {
  const [, list] = readFileSync('docs/guide/onnx.md', 'utf8').split('<!-- operators -->');
  const names = [...list!.matchAll(/`([\w.]+)`/g)].map(([, name]) => name!);
  expect(names).toEqual(Object.keys(ROWS).sort());
});
