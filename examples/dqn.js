// Deep Q-learning: an agent finds the way through a maze of which it knows only in which cell it is, what a move paid, and where
// it led. It learns from moves that it remembers, in random order; and what they are worth is said by a target network, which
// follows the trained one slowly, so that it does not chase its own tail (V. Mnih et al. 2015).

import { adam, dense, init, model, trainer } from 'wasmgrad';
import { huber, oneHot } from 'wasmgrad/ops';
import { randomFrom } from './lib/random.js';

await init({ seed: 1 });
const random = randomFrom(1);
const below = (n) => Math.floor(random() * n);

const MAZE = `
S..#....
.#.#.##.
.#...#..
.###.#.#
...#.#..
.#...##G`
  .trim()
  .split('\n');
const [CELLS, WIDTH] = [48, 8];
const [START, GOAL] = ['S', 'G'].map((letter) => MAZE.join('').indexOf(letter));
const MOVES = { '↑': [-1, 0], '→': [0, 1], '↓': [1, 0], '←': [0, -1] };
const ARROWS = Object.keys(MOVES);

/** Where a move leads to: a wall leaves the agent where it is. */
function move(cell, action) {
  const [dy, dx] = MOVES[ARROWS[action]];
  const [y, x] = [Math.floor(cell / WIDTH) + dy, (cell % WIDTH) + dx];
  return (MAZE[y]?.[x] ?? '#') === '#' ? cell : y * WIDTH + x;
}

// Q: of a cell, what each of the four moves will have paid in the end. A move costs 1, until the goal is reached.
const hidden = dense(64, { activation: 'relu' });
const worths = dense(4);
const net = model({ shape: [], dtype: 'int32' }, (cell) => worths(hidden(oneHot(cell, CELLS))));
const target = net.clone();

/** How far Q is from what Q itself says one move later: Q(s, a) = -1 + γ·max Q(s′, a′). */
function loss(weights, slow, { cells, actions, next, isOver }) {
  const later = target.apply(slow, next).max(1).mul(isOver.neg().add(1));
  const chosen = net.apply(weights, cells).mul(oneHot(actions, 4)).sum(1);
  return huber(chosen, later.mul(0.97).sub(1));
}

const learner = trainer(loss, net, { optimizer: adam(1e-3) });

const q = new Float32Array(4);
const best = (cell) => {
  net.predict([cell], { out: q });
  return q.indexOf(Math.max(...q));
};

/** The cells of the way that the agent takes, 60 at the most. */
function walk(choose, onMove) {
  const way = [START];
  while (way.at(-1) !== GOAL && way.length < 60) {
    const cell = way.at(-1);
    const action = choose(cell);
    way.push(move(cell, action));
    onMove?.(cell, action, way.at(-1));
  }
  return way;
}

const [KEEP, BATCH] = [4000, 64];
const memory = [];
let moves = 0;

function learn(cell, action, next) {
  memory[moves++ % KEEP] = [cell, action, next];
  if (memory.length < 500) return;
  const some = Array.from({ length: BATCH }, () => memory[below(memory.length)]);
  learner.step(target.parameters(), {
    cells: Int32Array.from(some, ([cell]) => cell),
    actions: Int32Array.from(some, ([, action]) => action),
    next: Int32Array.from(some, ([, , next]) => next),
    isOver: Float32Array.from(some, ([, , next]) => (next === GOAL ? 1 : 0)),
  });
  target.copyWeightsFrom(net, { tau: 0.02 });
}

for (let episode = 0; episode <= 300; episode++) {
  const epsilon = Math.max(0.1, 1 - episode / 150); // how often it tries something else than what it takes for the best
  const way = walk((cell) => (random() < epsilon ? below(4) : best(cell)), learn);
  if (episode % 50 === 0) console.log(`episode ${episode}: ${way.length - 1} moves`);
}

const way = walk(best);
console.log(`${way.length - 1} moves to the goal; there is no way of fewer than 18:`);
const picture = Array.from(MAZE.join(''), (letter, cell) => {
  return letter !== '#' && letter !== 'G' && way.includes(cell) ? ARROWS[best(cell)] : letter;
}).join('');
for (let y = 0; y < MAZE.length; y++) console.log(picture.slice(y * WIDTH, (y + 1) * WIDTH));
