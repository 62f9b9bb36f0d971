// Recurrent layers as PyTorch has them, written out step by step, once, for every library whose ops are functions and that has none of
// its own, or a slower one.

/** Gates of a layer. */
export const GATES = { lstm: 4, gru: 3 };

/**
 * @typedef {object} RecurrentOps of a library, on its own tensors
 * @property {(x, kernel, bias) => unknown[]} steps products of all steps of x [n, steps, features], one tensor a step
 * @property {(x, kernel, bias) => unknown} dense
 * @property {(like, units: number) => unknown} zeros as many rows as `like` has, which is not consumed
 * @property {(x, count: number) => unknown[]} split equal parts of the last axis
 * @property {(x, y) => unknown} add
 * @property {(x, y) => unknown} sub
 * @property {(x, y) => unknown} mul
 * @property {(x, name: 'sigmoid' | 'tanh') => unknown} activate
 * @property {(x) => unknown} [again] a tensor that will be used once more, where functions consume them
 *
 * The last state of a layer.
 *
 * @param {import('./data.js').Layer} layer
 * @param {RecurrentOps} ops
 */
export function unrolled({ recurrent, units }, ops, x, [kernel, recurrentKernel, bias, recurrentBias]) {
  const all = { again: (y) => y, ...ops };
  const inputs = all.steps(x, kernel, bias);
  let state = { h: all.zeros(inputs[0], units), ...(recurrent === 'lstm' && { c: all.zeros(inputs[0], units) }) };
  inputs.forEach((z, t) => {
    const isLast = t === inputs.length - 1;
    const use = (y) => (isLast ? y : all.again(y));
    const h = recurrent === 'gru' ? all.again(state.h) : state.h;
    state = CELLS[recurrent](all, z, all.dense(h, use(recurrentKernel), use(recurrentBias)), state, isLast);
  });
  return state.h;
}

/** What the state becomes, of z and the product of the state. */
const CELLS = {
  lstm({ again, split, add, mul, activate }, z, product, { c }, isLast) {
    const [i, f, g, o] = split(add(z, product), 4);
    const kept = mul(activate(f, 'sigmoid'), c);
    const cell = add(kept, mul(activate(i, 'sigmoid'), activate(g, 'tanh')));
    return { c: cell, h: mul(activate(o, 'sigmoid'), activate(isLast ? cell : again(cell), 'tanh')) };
  },
  gru({ again, split, add, sub, mul, activate }, z, product, { h }) {
    const [zr, zu, zn] = split(z, 3);
    const [pr, pu, pn] = split(product, 3);
    const reset = activate(add(zr, pr), 'sigmoid');
    const update = activate(add(zu, pu), 'sigmoid');
    const n = activate(add(zn, mul(reset, pn)), 'tanh');
    return { h: add(n, mul(update, sub(h, again(n)))) };
  },
};
