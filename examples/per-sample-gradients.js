// The gradient of every sample by itself, all at once: vmap of grad. Its norm says how hard the sample pulls, and those with a
// wrong label pull the hardest. Where each is clipped before they are added up, and noise is added, no sample can move the
// weights by more than that: differentially private SGD (M. Abadi et al. 2016).

import {
  dense,
  foldIn,
  grad,
  init,
  jit,
  randomKey,
  randomNormal,
  sequential,
  tensor,
  treeLeaves,
  treeMap,
  vmap,
} from 'wasmgrad';

await init({ seed: 1 });

// Two clouds of points, of the classes -1 and 1; three labels are wrong.
const N = 200;
const WRONG = [10, 77, 120];
const classes = Float32Array.from({ length: N }, (_, i) => (i % 2 === 0 ? -1 : 1));
const x = randomNormal([N, 2])
  .mul(0.7)
  .add(tensor(classes, [N, 1]).mul(2));
const labels = tensor(classes.map((c, i) => (WRONG.includes(i) ? -c : c)));

const net = sequential([2], [dense(8, { activation: 'tanh' }), dense(1)]);

/** Of one sample: -ln of the probability of its label. */
const loss = (weights, point, label) => net.apply(weights, point.expandDims(0)).mul(label).neg().softplus().sum();

/** Of all samples: the tree of the weights, each with one axis more in front. */
const gradients = vmap(grad(loss), { inAxes: [null, 0, 0] });

/** The norm of each sample's gradient, of all weights together. */
function norms(grads) {
  const squares = treeLeaves(grads).map((g) => g.square().reshape([N, -1]).sum(1));
  return squares.reduce((sum, s) => sum.add(s)).sqrt();
}

const CLIP = 0.5; // C: the largest norm that counts
const NOISE = 1; // σ, in units of C

/** Σ g·min(1, C / |g|), one sum for each of the weights. */
function clippedSum(grads) {
  const scale = norms(grads).add(1e-12).reciprocal().mul(CLIP).minimum(1);
  const clip = (g) =>
    scale
      .expandDims(0)
      .matMul(g.reshape([N, -1]))
      .reshape(g.shape.slice(1));
  return treeMap(clip, grads);
}

const step = jit((weights, key) => {
  let leaf = 0;
  return treeMap(
    (w, sum) => w.sub(sum.add(randomNormal(w.shape, { std: NOISE * CLIP, key: foldIn(key, leaf++) })).div(N)),
    weights,
    clippedSum(gradients(weights, x, labels)),
  );
});

let weights = net.parameters();
const each = treeMap((g) => g.mean(0), gradients(weights, x, labels));
const mean = grad((w) => vmap(loss, { inAxes: [null, 0, 0] })(w, x, labels).mean())(weights);
const apart = treeLeaves(treeMap((a, b) => a.sub(b).abs().max(), each, mean)).map((t) => t.item());
console.log(`their mean is the gradient of the mean loss, but for ${Math.max(...apart).toExponential(0)}`);

for (let i = 0; i < 100; i++) weights = step(weights, foldIn(randomKey(2), i));
net.setWeights(weights);

const found = norms(gradients(weights, x, labels)).data();
const text = (i) => `${i} ${found[i].toFixed(3)}`;
const order = Array.from(found.keys()).sort((a, b) => found[b] - found[a]);
console.log(`largest norms: ${order.slice(0, 4).map(text).join(', ')}; the median is ${text(order[N / 2])}`);
const right = net
  .predict(x)
  .data()
  .filter((z, i) => z * classes[i] > 0).length;
console.log(`${right} of ${N} samples are of the class that they are held for`);
