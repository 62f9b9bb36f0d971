// (X - Y)² averaged over a batch: the gradient of each element is 2(X - Y) / n, n being the number of elements.

import { grad, init, tensor } from 'wasmgrad';

await init();

const text = (t) => JSON.stringify(t.toArray());

function show(x, y) {
  const [X, Y] = [tensor(x), tensor(y)];
  const loss = (at) => at.sub(Y).square().mean();
  console.log(`batch of ${X.shape.join('x')}: loss ${loss(X).item()}`);
  console.log(`  gradient     ${text(grad(loss)(X))}`);
  console.log(`  2(X - Y)/${X.size}  ${text(X.sub(Y).mul(2 / X.size))}`);
}

show([[1, 2, 3, 4]], [[0, 0, 0, 0]]);
show(
  [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ],
  [
    [0, 1, 0, 1],
    [0, 1, 0, 1],
  ],
);
