// Normalisation, and dropout.

import { check } from '../../../errors.js';
import { dropout } from '../../../ops/dropout.js';
import { byBatch, byMoments } from '../../../ops/normalization/columns.js';
import { localResponseNorm } from '../../../ops/normalization/response.js';
import { instanceNorm, layerNorm } from '../../../ops/normalization/rows.js';
import type { Tensor } from '../../../tensor.js';
import { channelsFirst, channelsLast, checkLength, type Imported, type Rows } from '../op.js';

/**
 * By the running moments; in training, where these are states of the model, by those of the batch, and the states
 * follow as in batchNorm of ours. A node in training mode gives the next ones as outputs.
 */
function batchNorm(op: Imported): Tensor | readonly Tensor[] {
  const [x, gamma, beta] = [channelsLast(op.in(0)), op.in(1), op.in(2)];
  const running = [op.in(3), op.in(4)] as const;
  const [epsilon, momentum] = [op.float('epsilon', 1e-5), op.float('momentum', 0.9)];
  const states = running.map((t) => {
    op.around.keeps?.(t);
    return op.around.stateOf?.(t);
  });
  const next = (before: Tensor, batch: Tensor): Tensor =>
    before.mul(momentum).add(batch.stopGradient().mul(1 - momentum));
  if (op.int('training_mode', 0) !== 0) {
    const { value, mean, variance } = byBatch(x, gamma, beta, epsilon);
    return [channelsFirst(value), next(running[0], mean), next(running[1], variance)];
  }
  if (!states.every((state) => state?.context.training)) {
    return channelsFirst(byMoments(x, ...running, gamma, beta, epsilon));
  }
  const n = x.size / x.shape.at(-1)!;
  check(n > 1, () => `expected more than one value for each channel in training, got ${x}`);
  const { value, mean, variance } = byBatch(x, gamma, beta, epsilon);
  const moments = [mean, variance.mul(n / (n - 1))];
  states.forEach((state, i) => void state!.context.update(state!.name, next(running[i]!, moments[i]!)));
  return channelsFirst(value);
}

/** Besides the result there are the means, and 1 / √(variance + epsilon). */
function layerNormalization(op: Imported): Tensor[] {
  const x = op.in(0);
  const axis = op.axis(op.int('axis', -1), x.shape.length);
  const shape = x.shape.slice(axis);
  const [gamma, beta] = [op.in(1), op.maybe(2)].map((t) => t?.broadcastTo(shape));
  const epsilon = op.float('epsilon', 1e-5);
  const axes = shape.map((_, i) => axis + i);
  const mean = x.mean(axes, { keepDims: true });
  const variance = x.sub(mean).square().mean(axes, { keepDims: true });
  return [layerNorm(x, { axis, gamma, beta, epsilon }), mean, variance.add(epsilon).rsqrt()];
}

function instanceNormalization(op: Imported): Tensor {
  const options = { gamma: op.in(1), beta: op.in(2), epsilon: op.float('epsilon', 1e-5) };
  return channelsFirst(instanceNorm(channelsLast(op.in(0)), options));
}

/** Groups of channels; before version 21 gamma and beta have an element for each group. */
function groupNormalization(op: Imported): Tensor {
  const x = op.in(0);
  const [n, channels, ...rest] = x.shape as [number, number, ...number[]];
  const groups = op.int('num_groups', 1);
  const rows = x.reshape([n, groups, channels / groups, ...rest]);
  const axes = rows.shape.map((_, i) => i).slice(2);
  const level = rows.sub(rows.mean(axes, { keepDims: true }));
  const variance = level.square().mean(axes, { keepDims: true });
  const y = level.div(variance.add(op.float('epsilon', 1e-5)).sqrt());
  const each = op.in(1).size === groups && groups !== channels ? [groups, 1] : [groups, channels / groups];
  const factor = (t: Tensor): Tensor => t.reshape([...each, ...rest.map(() => 1)]);
  return y
    .mul(factor(op.in(1)))
    .add(factor(op.in(2)))
    .reshape(x.shape);
}

function responseNorm(op: Imported): Tensor {
  const [alpha, beta, k] = [op.float('alpha', 1e-4), op.float('beta', 0.75), op.float('bias', 1)];
  const size = op.int('size', 1);
  checkLength('the size', size, 1024);
  // An even size has one channel more behind here than ours has.
  check(size % 2 === 1, () => `a size of ${size}, which is even, is not supported`);
  return channelsFirst(localResponseNorm(channelsLast(op.in(0)), size, { alpha, beta, k }));
}

function lpNormalization(op: Imported): Tensor {
  const x = op.in(0);
  const [axis, p] = [op.axis(op.int('axis', -1), x.shape.length), op.int('p', 2)];
  const options = { keepDims: true };
  return x.div(p === 1 ? x.abs().sum(axis, options) : x.square().sum(axis, options).sqrt());
}

function meanVariance(op: Imported): Tensor {
  const x = op.in(0);
  const axes = op.ints('axes') ?? [0, 2, 3];
  const level = x.sub(x.mean(axes, { keepDims: true }));
  return level.div(level.square().mean(axes, { keepDims: true }).sqrt().add(1e-9));
}

/** In training of a model that was imported it drops, elsewhere nothing. */
function dropped(op: Imported): readonly (Tensor | undefined)[] {
  const x = op.in(0);
  const mask = op.wants(1) ? x.onesLike() : undefined;
  const inTraining = op.known(2)?.[0] ?? 0;
  const rate = op.known(1)?.[0] ?? op.float('ratio', 0.5);
  const key = op.around.nextKey?.();
  if (key) return [dropout(x, rate, { key }), mask];
  check(inTraining === 0 || rate === 0, () => 'dropout in training mode is random, and not supported');
  return [x, mask];
}

export const NORMALIZATION: Rows = {
  BatchNormalization: batchNorm,
  Dropout: dropped,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  LpNormalization: lpNormalization,
  LRN: responseNorm,
  MeanVarianceNormalization: meanVariance,
};
