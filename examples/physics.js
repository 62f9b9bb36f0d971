// A physics-informed network: it learns u(t) from a law alone, u″ + u = 0, and from how it starts, u(0) = 0 and u′(0) = 1.
// Nobody shows it the solution, sin t. The loss is how far u is from the law: derivatives by the input, inside of a loss
// that is differentiated by the weights.

import { adam, cosineDecay, dense, grad, init, linspace, sequential, trainer, zeros } from 'wasmgrad';
import { functionPlot } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';
import { table } from './lib/terminal.js';

await init({ seed: 1 });

const STEPS = 2000;
const net = sequential([1], [dense(32, { activation: 'tanh' }), dense(32, { activation: 'tanh' }), dense(1)]);

/** u, u′ and u″ at n times, [n, 1]. A derivative of the sum is that of each, since u(t₁) depends on t₁ only. */
function curve(weights, t) {
  const u = (at) => net.apply(weights, at);
  const du = grad((at) => u(at).sum());
  const ddu = grad((at) => du(at).sum());
  return { u: u(t), du: du(t), ddu: ddu(t) };
}

function loss(weights, t, zero) {
  const { u, ddu } = curve(weights, t);
  const start = curve(weights, zero);
  const law = ddu.add(u).square().mean();
  return law.add(start.u.square().sum()).add(start.du.sub(1).square().sum());
}

const t = linspace(0, 2 * Math.PI, 50).reshape([50, 1]);
const zero = zeros([1, 1]);
const learner = trainer(loss, net, { optimizer: adam(cosineDecay(1e-2, { decaySteps: STEPS })) });
for (let step = 0; step <= STEPS; step++) {
  const value = learner.step(t, zero);
  if (step % 500 === 0) console.log(`step ${step}: loss ${value.toExponential(1)}`);
}

const u = net.predict(t).data();
const exact = Array.from(t.data(), Math.sin);
const rows = [0, 7, 14, 21, 28, 35, 42, 49].map((i) => [t.data()[i].toFixed(2), u[i].toFixed(4), exact[i].toFixed(4)]);
console.log(table([['t', 'u(t)', 'sin t'], ...rows]));
console.log(`largest error: ${Math.max(...exact.map((v, i) => Math.abs(v - u[i]))).toFixed(5)}`);

const weights = net.parameters();
const learned = (t) => net.apply(weights, t.reshape([1, 1])).reshape([]);
await figure('physics', () => functionPlot(learned, [0, 2 * Math.PI], { title: 'u(t), and u′(t)' }));
