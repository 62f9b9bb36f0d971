// The minimum of y = 3x² + 6x + 5 is y = 2 at x = -1. Gradient descent gets there step by step; Newton's method, which
// knows the second derivative y″ = 6, is there in one step.

import { init, minimize, newton, sgd } from 'wasmgrad';
import { descentPath } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';

await init();

const y = (x) => x.square().mul(3).add(x.mul(6)).add(5);
const show = (name, { point, value, step }) => {
  console.log(`${name}: x=${point.toFixed(6)}, y=${value.toFixed(6)} after ${step} step${step === 1 ? '' : 's'}`);
};

const descent = minimize(y, 3, { optimizer: sgd(0.05), until: ({ value }) => value - 2 < 1e-6 });
for (const at of descent.trace.slice(0, 4)) show('gradient descent', at);
show('gradient descent', descent);
const atOnce = newton(y, 3);
show('Newton', atOnce);

await figure('quadratic', () => descentPath(y, { 'gradient descent': descent, Newton: atOnce }));
