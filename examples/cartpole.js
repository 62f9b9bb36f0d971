// A cart that balances a pole, and learns to by trying: policy gradients. A network, the actor, says how likely a push to the
// right is; pushes after which the pole stood longer than another network, the critic, had expected become more likely
// (REINFORCE with a baseline: R. Williams 1992). The cart is CartPole-v1: a point a step, 500 at the most.

import { adam, dense, init, sequential, tensor, trainer } from 'wasmgrad';
import { meanSquaredError, std } from 'wasmgrad/ops';
import { randomFrom } from './lib/random.js';

await init({ seed: 1 });
const random = randomFrom(1);

const LIMIT = 500; // steps of an episode
const [GRAVITY, CART, POLE, HALF_LENGTH, FORCE, DT] = [9.8, 1, 0.1, 0.5, 10, 0.02];

const start = () => Array.from({ length: 4 }, () => random() * 0.1 - 0.05);

/** One step of the cart by Euler's method (A. Barto, R. Sutton and C. Anderson 1983). */
function push([x, v, angle, turning], right) {
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const force = ((right ? FORCE : -FORCE) + POLE * HALF_LENGTH * turning ** 2 * sin) / (CART + POLE);
  const turns = (GRAVITY * sin - cos * force) / (HALF_LENGTH * (4 / 3 - (POLE * cos ** 2) / (CART + POLE)));
  const moves = force - (POLE * HALF_LENGTH * turns * cos) / (CART + POLE);
  return [x + DT * v, v + DT * moves, angle + DT * turning, turning + DT * turns];
}

const fell = ([x, , angle]) => Math.abs(x) > 2.4 || Math.abs(angle) > (12 * Math.PI) / 180;

const network = () => sequential([4], [dense(32, { activation: 'tanh' }), dense(1)]);
const [actor, critic] = [network(), network()];

/** -ln of the probability of each push, 1 to the right and -1 to the left, times how much better than expected it went. */
const policyLoss = (weights, states, pushes, advantages) =>
  actor.apply(weights, states).mul(pushes).neg().softplus().mul(advantages).mean();
const valueLoss = (weights, states, returns) => meanSquaredError(critic.apply(weights, states), returns);

const policy = trainer(policyLoss, actor, { optimizer: adam(0.01) });
const value = trainer(valueLoss, critic, { optimizer: adam(0.01) });

const STEPS = 1000; // between two updates
const GAMMA = 0.99;
const [states, pushes, returns] = [new Float32Array(4 * STEPS), new Float32Array(STEPS), new Float32Array(STEPS)];
const [input, output] = [new Float32Array(4), new Float32Array(1)];

/** What a network says of a state: one sample in an array, one number out. */
function ask(net, state) {
  input.set(state);
  return net.predict(input, { out: output })[0];
}

const chanceOfRight = (state) => 1 / (1 + Math.exp(-ask(actor, state)));

/** Steps until the pole falls, if the likelier push is made each time. */
function balance() {
  let [state, steps] = [start(), 0];
  while (!fell(state) && steps < LIMIT) [state, steps] = [push(state, chanceOfRight(state) > 0.5), steps + 1];
  return steps;
}

const mean = (numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

const begun = performance.now();
const lengths = []; // of all episodes
let [state, length] = [start(), 0];

/** Fills states, pushes and returns with what happens in the next steps. */
function act() {
  const after = new Float32Array(STEPS); // what is to come after a step, if it is not the next one
  const isLast = new Uint8Array(STEPS);
  for (let i = 0; i < STEPS; i++) {
    const right = random() < chanceOfRight(state);
    states.set(state, 4 * i);
    pushes[i] = right ? 1 : -1;
    state = push(state, right);
    const over = ++length === LIMIT || fell(state);
    isLast[i] = over || i === STEPS - 1 ? 1 : 0;
    if (isLast[i] && !fell(state)) after[i] = ask(critic, state);
    if (!over) continue;
    lengths.push(length);
    [state, length] = [start(), 0];
  }
  for (let i = STEPS - 1, next = 0; i >= 0; i--) returns[i] = next = 1 + GAMMA * (isLast[i] ? after[i] : next);
}

function learn() {
  const [x, y, r] = [tensor(states, [STEPS, 4]), tensor(pushes, [STEPS, 1]), tensor(returns, [STEPS, 1])];
  const better = r.sub(critic.predict(x));
  policy.step(x, y, better.sub(better.mean()).div(std(better)));
  for (let i = 0; i < 10; i++) value.step(x, r);
}

for (let update = 1; update <= 80; update++) {
  act();
  learn();
  if (update % 10 === 0) {
    console.log(`${update * STEPS} steps, ${lengths.length} episodes: return ${mean(lengths.slice(-20)).toFixed(0)}`);
  }
}
const seconds = ((performance.now() - begun) / 1000).toFixed(1);
console.log(
  `average return of 100 episodes: ${mean(Array.from({ length: 100 }, balance)).toFixed(1)}, after ${seconds} s`,
);
