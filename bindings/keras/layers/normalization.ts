// Layers that normalise.

import type { Tensor } from '../../tensor.js';
import type { Settings } from '../settings.js';
import type { Rows, Weight } from './row.js';

/** Options and arrays of what is multiplied and added after it. */
function affine(s: Settings, name: string) {
  const [scale, center] = [s.flag('scale', true), s.flag('center', true)];
  const weights: Weight[] = [];
  if (scale) weights.push(['gamma', 'gamma']);
  if (center) weights.push(['beta', 'beta']);
  const epsilon = s.number('epsilon', 1e-3);
  return { options: { epsilon, scale, center, trainable: s.flag('trainable', true), name }, weights };
}

/** The axes, which are one or several. */
function axesOf(s: Settings): number[] {
  const given = s.get('axis') ?? -1;
  const axes = (Array.isArray(given) ? given : [given]) as number[];
  if (axes.length === 0 || !axes.every((axis) => Number.isSafeInteger(axis) && Math.abs(axis) <= 32)) s.refuse('axis');
  return axes;
}

/** Axes that are the last ones, in their order: the first of them, and how to check that no other follows. */
function lastAxes(s: Settings) {
  const axes = axesOf(s).sort((a, b) => a - b);
  const [first, last] = [axes[0]!, axes.at(-1)!];
  const follow = axes.every((axis, i) => axis === first + i);
  const why = 'is not supported: it must be the last one, or several that are the last ones';
  if (!follow || (last < 0 ? last !== -1 : first < 1)) s.refuse('axis', why);
  const check = ({ shape }: Tensor): void => {
    if (last >= 0 && last !== shape.length - 1) s.refuse('axis', why);
  };
  return { first, count: axes.length, check };
}

/** The last axis alone. */
function lastAxis(s: Settings) {
  const { count, check } = lastAxes(s);
  if (count !== 1) s.refuse('axis', 'is not supported: it must be the last one');
  return check;
}

export const NORMALIZATION: Rows = {
  BatchNormalization(s, name) {
    const check = lastAxis(s);
    const { options, weights } = affine(s, name);
    const momentum = 1 - s.number('momentum', 0.99);
    return {
      call: { $layer: 'batchNorm', args: [{ ...options, momentum }] },
      weights: [...weights, ['movingMean', 'moving_mean'], ['movingVariance', 'moving_variance']],
      check,
    };
  },
  LayerNormalization(s, name) {
    const { first: axis, check } = lastAxes(s);
    const { options, weights } = affine(s, name);
    return { call: { $layer: 'layerNorm', args: [{ ...options, axis }] }, weights, check };
  },
  GroupNormalization(s, name) {
    const check = lastAxis(s);
    const { options, weights } = affine(s, name);
    const groups = s.whole('groups', 32, -1);
    if (groups === 0) s.refuse('groups');
    if (groups === -1) return { call: { $layer: 'instanceNorm', args: [options] }, weights, check };
    return { call: { $layer: 'groupNorm', args: [groups, options] }, weights, check };
  },
  RMSNormalization(s, name) {
    const { first: axis, check } = lastAxes(s);
    const options = { epsilon: s.number('epsilon', 1e-6), axis, trainable: s.flag('trainable', true), name };
    return { call: { $layer: 'rmsNorm', args: [options] }, weights: [['gamma', 'scale']], check };
  },
};
