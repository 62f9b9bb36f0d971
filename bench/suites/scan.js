// What a loop costs: an LSTM cell over many steps, forward and backward, as a scan against the same written out step by step;
// and how the time to trace, plan and encode a scan grows with its length.

import { gradients, ops, scan } from '../../build/internal.js';
import { compare } from '../measure.js';
import { operand } from '../product.js';
import { programOf, runnerOf } from '../programs.js';
import { comparison } from '../report.js';

const CELLS = [
  { batch: 16, units: 64, steps: 100 },
  { batch: 1, units: 16, steps: 100 },
  { batch: 32, units: 128, steps: 100 },
];

export async function run(options) {
  return [...(await steps(options)), ...(await making(options))];
}

const steps = comparison('scan: a loop against the same written out', async ({ timing }, report) => {
  const runner = await runnerOf({ backend: 'wasm' });
  for (const size of CELLS) {
    const { batch, units, steps } = size;
    const name = `LSTM ${batch}x${units}, ${steps} steps`;
    const feeds = feedsOf(size);
    const [loop, unrolled] = [looped, writtenOut].map((form) => programFor(runner, feeds, form));
    sameResults(name, loop, unrolled);
    const rates = await compare({ scan: loop.run, unrolled: unrolled.run }, timing);
    for (const side of [loop, unrolled]) side.dispose();
    report({ name, unit: 'runs/s', perCall: 1, ...rates });
  }
});

const making = comparison('scan: to trace, differentiate, plan and encode', async ({ timing }, report) => {
  const runner = await runnerOf({ backend: 'wasm' });
  for (const size of CELLS) {
    const made = (steps) => {
      const feeds = feedsOf({ ...size, steps });
      return (calls) => {
        for (let i = 0; i < calls; i++) programFor(runner, feeds, looped).dispose();
      };
    };
    const rates = await compare({ '1,000 steps': made(1000), '10 steps': made(10) }, timing);
    report({ name: `LSTM ${size.batch}x${size.units}`, unit: 'programs/s', perCall: 1, ...rates });
  }
});

/** xs, h, c, and the weights of the cell. */
function feedsOf({ batch, units, steps }) {
  const shapes = [
    [steps, batch, units],
    [batch, units],
    [batch, units],
    [units, 4 * units],
    [units, 4 * units],
    [4 * units],
  ];
  return shapes.map((shape, i) => {
    const size = shape.reduce((a, b) => a * b);
    return { shape, data: operand(size, i + 1).map((value) => value / 2) };
  });
}

/** Forward and backward of a cell over all steps; the loss is the sum of squares of all h. */
function programFor(runner, feeds, form) {
  return programOf(runner, feeds, (xs, h, c, kernel, recurrent, bias) => {
    const cell = (carry, x) => lstm(carry, x, { kernel, recurrent, bias });
    const loss = form(cell, { h, c }, xs).square().sum();
    return { outputs: [loss, ...gradients(loss, [xs, h, c, kernel, recurrent, bias])] };
  });
}

function lstm({ h, c }, x, { kernel, recurrent, bias }) {
  const gates = x.matMul(kernel).add(h.matMul(recurrent)).add(bias);
  const [i, f, g, o] = ops.split(gates, 4, 1);
  const next = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
  const out = o.sigmoid().mul(next.tanh());
  return [{ h: out, c: next }, out];
}

const looped = (cell, init, xs) => scan(cell, init, xs).ys;

function writtenOut(cell, init, xs) {
  const all = [];
  let carry = init;
  for (let t = 0; t < xs.shape[0]; t++) {
    const [next, y] = cell(carry, ops.slice(xs, [t]).reshape(xs.shape.slice(1)));
    all.push(y);
    carry = next;
  }
  return ops.stack(all);
}

function sameResults(name, ...sides) {
  const [a, b] = sides.map((side) => {
    side.run(1);
    return side.results();
  });
  const same = a.every((values, i) => values.every((value, k) => value === b[i][k]));
  if (!same) throw new Error(`${name}: the bits differ`);
}
