// # The network of the backward pass
// The same computation, reversed: what flows back along each edge is multiplied by the derivative there.

import { init } from 'wasmgrad';
import { graphDiagram } from 'wasmgrad/plot';

await init();

const z = ({ w, b }) => w.mul(2).add(b.mul(3)).mul(b.mul(2).add(1));

export const figure = graphDiagram(z, { backward: true })({ w: 3, b: 4 });
