// Models that are compiled, each with another optimizer or loss, for the test that trains them on in PyTorch.

/** @param wg the entry wasmgrad */
export function trainings(wg) {
  const net =
    (loss, last = 'linear') =>
    (optimizer) => {
      const model = wg.sequential([6], [wg.dense(8, { activation: 'tanh' }), wg.dense(3, { activation: last })]);
      return model.compile({ optimizer, loss });
    };
  const mse = net('mse');
  const compiled = (make, optimizer, more = {}) => ({ net: () => make(optimizer()), ...more });
  return {
    sgd: compiled(mse, () => wg.sgd(0.05)),
    momentum: compiled(mse, () => wg.sgd(0.05, { momentum: 0.9, nesterov: true, weightDecay: 1e-3 })),
    dampening: compiled(mse, () => wg.sgd(0.05, { momentum: 0.9, dampening: 0.5 })),
    adam: compiled(net('softmaxCrossEntropy'), () => wg.adam(0.01, { beta1: 0.8, epsilon: 1e-6 }), {
      labels: 'classes',
    }),
    amsgrad: compiled(net('categoricalCrossEntropy', 'softmax'), () => wg.amsgrad(0.01), { labels: 'oneHot' }),
    adamW: compiled(net('binaryCrossEntropyWithLogits'), () => wg.adamW(0.01, { weightDecay: 0.1 }), {
      labels: 'bits',
    }),
    adamWByName: compiled(
      net('binaryCrossEntropy', 'sigmoid'),
      () => wg.adamW(0.01, { decays: (name) => name === 'dense.bias', amsgrad: true }),
      { labels: 'bits' },
    ),
    rmsprop: compiled(net('mae'), () => wg.rmsprop(0.01)),
    rmspropCentered: compiled(net(wg.huber({ delta: 0.5 })), () => wg.rmsprop(0.01, { centered: true, momentum: 0.5 })),
    adagrad: compiled(net(wg.smoothL1()), () => wg.adagrad(0.05, { learningRateDecay: 0.1 })),
    clipped: compiled(mse, () => wg.clipByGlobalNorm(0.1, wg.adam()), { clip: 0.1 }),
    penalized: {
      net: () => {
        const first = wg.dense(8, { kernelRegularizer: wg.l2(0.1), biasRegularizer: wg.l1(0.1) });
        return wg
          .sequential([6], [first, wg.dense(3)])
          .compile({ optimizer: wg.adam(0.01), loss: wg.softmaxCrossEntropy({ labelSmoothing: 0.1 }) });
      },
      labels: 'classes',
    },
    outputs: {
      net: () => {
        const [trunk, a, b] = [wg.dense(8, { activation: 'relu' }), wg.dense(3), wg.dense(3)];
        const two = wg.model({ left: [6], right: [6] }, ({ left, right }) => ({
          sum: a(trunk(left.add(right))),
          class: b(trunk(left)),
        }));
        return two.compile({
          optimizer: wg.adam(0.01),
          loss: { sum: 'mse', class: 'softmaxCrossEntropy' },
          lossWeights: { sum: 0.5 },
        });
      },
      several: true,
    },
    sequences: {
      net: () => {
        const layers = [
          wg.embedding(9, 6, { paddingIndex: 0 }),
          wg.positionalEmbedding(8),
          wg.bidirectional(wg.lstm(4, { returnSequences: true })),
          wg.gru(5, { kernelRegularizer: wg.l2(0.01) }),
          wg.dense(3),
        ];
        return wg
          .sequential({ shape: [7], dtype: 'int32' }, layers)
          .compile({ optimizer: wg.adamW(0.01), loss: 'softmaxCrossEntropy' });
      },
      labels: 'classes',
      tokens: [7],
    },
    attention: {
      net: () => {
        const layers = [
          wg.embedding(9, 6),
          wg.transformerEncoder({ numHeads: 2, intermediateDim: 8, normFirst: true }),
          wg.multiHeadAttention(3, 2, { causal: true, kernelRegularizer: wg.l2(0.01) }),
          wg.globalAvgPool1d(),
          wg.dense(3),
        ];
        // No Adam: the gradient of a bias of keys is 0 but for rounding, which Adam would scale up.
        return wg
          .sequential({ shape: [7], dtype: 'int32' }, layers)
          .compile({ optimizer: wg.sgd(0.05, { momentum: 0.9 }), loss: 'softmaxCrossEntropy' });
      },
      labels: 'classes',
      tokens: [7],
    },
    images: {
      net: () => {
        const layers = [
          wg.conv2d(4, 3, { padding: 'same', activation: 'relu' }),
          wg.batchNorm(),
          wg.depthwiseConv2d(3, { strides: 2 }),
          wg.flatten(),
          wg.dense(3),
        ];
        return wg
          .sequential([7, 6, 2], layers)
          .compile({ optimizer: wg.sgd(0.02, { momentum: 0.9 }), loss: 'softmaxCrossEntropy' });
      },
      labels: 'classes',
      image: [7, 6, 2],
    },
  };
}
