// Models that go on in PyTorch, and come back: exported ones compute and learn there what they do here. It needs
// PyTorch (python3-torch of Debian), and says so where that is missing.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as ops from '../../dist/ops.js';
import { exportPyTorch, loadOptimizerState, loadStateDict } from '../../dist/pytorch.js';
import * as wg from '../../dist/wasmgrad.js';
import { nets } from '../pytorch/nets.js';
import { missing, run } from '../pytorch/torch.js';
import { trainings } from '../pytorch/trainings.js';

const here = (name) => fileURLToPath(new URL(`../pytorch/${name}`, import.meta.url));

const isTensor = (value) => ArrayBuffer.isView(value.known) || typeof value.toArray === 'function';

/** f of a tensor, or of each of an object of such. */
const each = (value, f) =>
  isTensor(value) ? f(value) : Object.fromEntries(Object.entries(value).map(([name, t]) => [name, f(t)]));

/** A tensor for Python: images have their channels first there. */
const there = (t) => {
  const moved = t.shape.length === 4 ? t.transpose([0, 3, 1, 2]) : t;
  return { data: [...moved.values()], shape: moved.shape, dtype: t.dtype === 'int32' ? 'int64' : 'float32' };
};

/** All numbers of a tensor, or of an object of such. */
const numbers = (value) => Object.values(each(value, (t) => [...t.values()])).flat();

const weightsOf = (model) => model.getWeights().flatMap((w) => [...w.values()]);

const apart = (a, b) => {
  assert.equal(a.length, b.length);
  return Math.max(...a.map((x, i) => Math.abs(x - b[i])));
};

describe('in PyTorch', { skip: missing }, () => {
  let root;
  before(async () => {
    await wg.init();
    wg.setSeed(21);
    root = mkdtempSync(join(tmpdir(), 'wasmgrad-pytorch-'));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('exported models give the same outputs, and what they save is the same model here', async () => {
    const made = [];
    for (const [name, make] of Object.entries(nets(wg, ops))) {
      const model = make();
      // Weights and states that differ from each other, since those of norms and biases begin equal.
      model.setWeights(model.getWeights().map((w) => w.add(wg.randomUniform(w.shape, { low: 0.1, high: 0.3 }))));
      const { names, specs } = model.look('test', ({ network }) => network.definition.inputs);
      const inputs = specs.map(({ shape, dtype }) => {
        return dtype === 'int32' ? wg.randomInt([4, ...shape], { low: 0, high: 4 }) : wg.randomNormal([4, ...shape]);
      });
      const x = names ? Object.fromEntries(names.map((input, i) => [input, inputs[i]])) : inputs[0];
      const y = model.predict(x);
      const folder = join(root, name);
      await exportPyTorch(model, folder);
      writeFileSync(join(folder, 'io.json'), JSON.stringify({ inputs: each(x, there), outputs: each(y, there) }));
      made.push({ name, make, x, y, folder });
    }
    const report = run(here('compare.py'), ...made.map(({ folder }) => folder));
    for (const { name, make, x, y, folder } of made) {
      assert.ok(report[name] < 1e-5, `${name}: ${report[name]}`);
      const back = make();
      await loadStateDict(back, join(folder, 'back.pt'));
      assert.deepEqual(numbers(back.predict(x)), numbers(y), name);
    }
  });

  it('optimizers and losses go on there and come back', async () => {
    const rows = 32;
    const made = [];
    for (const [name, given] of Object.entries(trainings(wg))) {
      const { net, labels = 'values', several, image = [6], tokens, clip } = given;
      const model = net();
      const x = tokens ? wg.randomInt([rows, ...tokens], { low: 0, high: 9 }) : wg.randomNormal([rows, ...image]);
      const classes = wg.randomInt([rows], { low: 0, high: 3 });
      const values = wg.randomNormal([rows, 3]);
      const all = { classes, values, oneHot: ops.oneHot(classes, 3), bits: values.greater(0) };
      const inputs = several ? { left: x, right: wg.randomNormal([rows, ...image]) } : x;
      const targets = several ? { sum: values, class: classes } : all[labels];
      const step = (of) => of.trainOnBatch(inputs, targets);
      for (let i = 0; i < 7; i++) step(model);
      const folder = join(root, `train-${name}`);
      await exportPyTorch(model, folder);
      const data = { x: each(inputs, there), y: each(targets, there), clip };
      writeFileSync(join(folder, 'data.json'), JSON.stringify(data));
      made.push({ name, net, model, folder, step, losses: Array.from({ length: 20 }, () => step(model)) });
    }
    const report = run(here('steps.py'), ...made.map(({ folder }) => folder));
    for (const { name, net, model, folder, step, losses } of made) {
      const theirs = report[`train-${name}`];
      assert.ok(Array.isArray(theirs), `${name}: ${theirs}`);
      assert.ok(apart(losses, theirs) < 1e-5, `${name}: losses ${losses.slice(-2)}, there ${theirs.slice(-2)}`);
      const back = net();
      await loadStateDict(back, join(folder, 'trained.pt'));
      await loadOptimizerState(back, join(folder, 'trained-optimizer.pt'));
      assert.ok(apart(weightsOf(back), weightsOf(model)) < 1e-5, `${name}: weights`);
      for (let i = 0; i < 3; i++) assert.ok(Math.abs(step(back) - step(model)) < 1e-5, `${name}: step ${i} after`);
    }
  });

  it('two processes of torchrun train 20 steps as one does here on both their samples', async () => {
    const rows = 32;
    const layers = () => [wg.dense(8, { activation: 'tanh' }), wg.dropout(0), wg.dense(3)];
    const make = () => wg.sequential([6], layers()).compile({ optimizer: wg.adam(0.01), loss: 'softmaxCrossEntropy' });
    const model = make();
    const [x, y] = [wg.randomNormal([rows, 6]), wg.randomInt([rows], { low: 0, high: 3 })];
    for (let i = 0; i < 5; i++) model.trainOnBatch(x, y);
    const folder = join(root, 'two');
    await exportPyTorch(model, folder);
    writeFileSync(join(folder, 'data.json'), JSON.stringify({ x: there(x), y: there(y) }));
    run(here('steps.py'), folder); // makes data.pt
    const before = readFileSync(join(folder, 'trained.pt'));
    // -r and -t: torchrun of PyTorch 1.13 can't be left to its defaults under Python 3.11.
    const options = ['-r', '1', '-t', '1', '--nproc_per_node=2', '--master_port=29577'];
    const args = [...options, join(folder, 'train_ddp.py'), '--epochs=20', '--batch-size=16', '--seed=3'];
    const env = { ...process.env, OMP_NUM_THREADS: '1', GLOO_SOCKET_IFNAME: 'lo' };
    const out = execFileSync('torchrun', args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
    assert.match(out, /epoch 20: loss \d\.\d{6}, step 25\n/);
    assert.notDeepEqual(readFileSync(join(folder, 'trained.pt')), before);
    for (let i = 0; i < 20; i++) model.trainOnBatch(x, y);
    const back = make();
    await loadStateDict(back, join(folder, 'trained.pt'));
    await loadOptimizerState(back, join(folder, 'trained-optimizer.pt'));
    assert.ok(apart(weightsOf(back), weightsOf(model)) < 1e-5);
    assert.ok(Math.abs(back.trainOnBatch(x, y) - model.trainOnBatch(x, y)) < 1e-5);
  });
});
