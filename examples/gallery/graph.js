// # A computation as a graph
// Each node with its value, and with its gradient below: z = x·y with x = 2w + 3b and y = 2b + 1.

import { init } from 'wasmgrad';
import { graphDiagram } from 'wasmgrad/plot';

await init();

const z = ({ w, b }) => {
  const x = w.mul(2).add(b.mul(3));
  const y = b.mul(2).add(1);
  return x.mul(y);
};

export const figure = graphDiagram(z)({ w: 3, b: 4 });
