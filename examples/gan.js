// A generative adversarial network: a generator makes points of noise, a discriminator learns to tell them from real ones, and
// each is trained against the other (I. Goodfellow et al. 2014). The real points are normal, of mean 4 and spread 0.5. The
// generator never sees one of them: it learns only from what the discriminator holds for real.

import { adam, dense, grad, init, randomKey, randomNormal, sequential, splitKey, trainer } from 'wasmgrad';
import { std } from 'wasmgrad/ops';

await init({ seed: 1 });

const BATCH = 128;
const real = (key) => randomNormal([BATCH, 1], { mean: 4, std: 0.5, key });
const noise = (key) => randomNormal([BATCH, 1], { key });

const generator = sequential([1], [dense(16, { activation: 'tanh' }), dense(1)]);
const discriminator = sequential([1], [dense(16, { activation: 'tanh' }), dense(16, { activation: 'tanh' }), dense(1)]);
const judged = (d, points) => discriminator.apply(d, points); // above 0: it holds the point for real

/**
 * Of the discriminator: -ln σ of real points, -ln(1 - σ) of made ones; and the square of its slope where points are real,
 * without which the two run in circles (L. Mescheder et al. 2018).
 */
function judgeLoss(d, key, g) {
  const [first, second] = splitKey(key);
  const points = real(first);
  const slope = grad((at) => judged(d, at).sum())(points);
  const missed = judged(d, points).neg().softplus().mean();
  const deceived = judged(d, generator.apply(g, noise(second)))
    .softplus()
    .mean();
  return missed.add(deceived).add(slope.square().mean());
}

/** Of the generator: -ln σ of the points that it makes. */
const forgerLoss = (g, key, d) =>
  judged(d, generator.apply(g, noise(key)))
    .neg()
    .softplus()
    .mean();

const optimizer = adam(0.005, { beta1: 0.5 });
const judge = trainer(judgeLoss, discriminator, { optimizer, key: randomKey(1) });
const forger = trainer(forgerLoss, generator, { optimizer, key: randomKey(2) });

for (let step = 0; step <= 2000; step++) {
  if (step % 500 === 0) {
    const points = generator.predict(randomNormal([1000, 1]));
    console.log(`step ${step}: mean ${points.mean().item().toFixed(2)}, spread ${std(points).item().toFixed(2)}`);
  }
  judge.step(generator.parameters());
  forger.step(discriminator.parameters());
}
