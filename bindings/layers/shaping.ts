// Layers that give each sample another shape, and change no value: reshape, permute, repeatVector. Not here: flatten,
// which programs without images need, too (flatten.ts).

import { check, checkIs, checkWhole, show } from '../errors.js';
import { repeatVector as repeated } from '../ops/repeatvector.js';
import { checkShape, owned, type Shape, shapeText, sizeOf } from '../shape.js';
import { type Layer, layer } from './layer.js';
import { type NameOptions, nameOptions } from './named.js';

/**
 * A layer that gives each sample another shape: [n, …] becomes [n, …targetShape]. One dimension may be -1, for what is
 * left. The method x.reshape has the batch in its shape.
 *
 * @throws if the sample's elements do not fit
 */
export function reshape(targetShape: Shape, options?: NameOptions): Layer {
  const { name } = nameOptions('reshape', options);
  checkIs(Array.isArray(targetShape), 'reshape: targetShape', 'the shape of a sample, an array', targetShape);
  const shape = [...targetShape];
  checkShape(
    'reshape: targetShape',
    shape.filter((d) => d !== -1),
  );
  check(shape.indexOf(-1) === shape.lastIndexOf(-1), () => {
    return `reshape: targetShape may have one -1, got ${shapeText(shape)}`;
  });
  return layer({
    kind: 'reshape',
    name,
    signature: [reshape, shape, { ...options }],
    call: (x) => x.reshape([x.shape[0]!, ...filled(x.shape.slice(1), shape)]),
  });
}

/** The shape that one sample gets, with its -1 worked out, since a batch may have none. */
function filled(sample: Shape, shape: Shape): Shape {
  const size = sizeOf(sample);
  const known = sizeOf(shape.filter((d) => d !== -1));
  const isOpen = shape.includes(-1);
  check(isOpen ? known > 0 && size % known === 0 : size === known, () => {
    const wrong = isOpen ? `do not divide by ${known}` : `are not ${known}`;
    return `reshape(${shapeText(shape)}): ${size} elements of a sample ${shapeText(sample)} ${wrong}`;
  });
  return shape.map((d) => (d === -1 ? size / known : d));
}

/**
 * A layer that puts the axes of each sample in another order: axis i of the result is axis dims[i] of the sample. As in
 * Keras they count from 1, since axis 0 is the batch: permute([2, 1]) takes [n, a, b] to [n, b, a].
 *
 * @throws if `dims` are not the axes of a sample, each once
 */
export function permute(dims: readonly number[], options?: NameOptions): Layer {
  const { name } = nameOptions('permute', options);
  const isOrder = Array.isArray(dims) && dims.every((_, i) => dims.includes(i + 1));
  check(isOrder, () => {
    const given = Array.isArray(dims) ? shapeText(dims) : show(dims);
    return `permute: dims must be the axes 1, 2 … of a sample in their new order, got ${given}`;
  });
  const order = owned(dims);
  return layer({
    kind: 'permute',
    name,
    signature: [permute, order, { ...options }],
    build: ({ shape }) => {
      check(shape.length === order.length, () => {
        return `permute(${shapeText(order)}): expected samples of ${order.length} dimensions, got ${shapeText(shape)}`;
      });
      return {};
    },
    call: (x) => x.transpose([0, ...order]),
  });
}

/**
 * A layer that repeats each sample `n` times, for a layer that wants a sequence: [batch, features] becomes [batch, n,
 * features].
 */
export function repeatVector(n: number, options?: NameOptions): Layer {
  checkWhole('repeatVector: n', n);
  const { name } = nameOptions('repeatVector', options);
  return layer({
    kind: 'repeatVector',
    name,
    signature: [repeatVector, n, { ...options }],
    call: (x) => repeated(x, n),
  });
}
