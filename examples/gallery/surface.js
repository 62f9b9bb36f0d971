// # The contours of a function

import { init } from 'wasmgrad';
import { lossSurface } from 'wasmgrad/plot';

await init();

const himmelblau = (x, y) => x.square().add(y).sub(11).square().add(x.add(y.square()).sub(7).square());

export const figure = lossSurface(himmelblau, [-5, 5], [-5, 5], { title: 'Himmelblau’s function' });
