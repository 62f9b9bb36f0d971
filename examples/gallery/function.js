// # A function and its derivative

import { init } from 'wasmgrad';
import { functionPlot } from 'wasmgrad/plot';

await init();

export const figure = functionPlot((x) => x.mul(x.sigmoid()), [-6, 6], { title: 'x · sigmoid(x), and its slope' });
