// Models of every layer that PyTorch has, too, for the test that runs them there: what each is, and the shapes of its inputs.

/** @param wg the entry wasmgrad @param ops the entry wasmgrad/ops */
export function nets(wg, ops) {
  const chain =
    (inputs, ...layers) =>
    () =>
      wg.sequential(
        inputs,
        layers.map((layer) => layer()),
      );
  const image = [9, 7, 4];
  const conv = (options) => () => wg.conv2d(6, [3, 2], options);
  const transposed = (options) => () => wg.conv2dTranspose(6, [3, 2], options);
  return {
    mlp: chain(
      [5],
      () => wg.dense(8, { activation: 'relu' }),
      () => wg.dense(8, { activation: 'tanh' }),
      () => wg.dropout(0.2),
      () => wg.dense(8, { activation: 'softplus', useBias: false }),
      () => wg.batchNorm(),
      () => wg.prelu(),
      () => wg.dense(3, { activation: 'softmax' }),
    ),
    images: chain(
      [12, 10, 3],
      () => wg.rescaling(2, { offset: -1 }),
      () => wg.conv2d(8, 3, { padding: 'same', activation: 'relu' }),
      () => wg.batchNorm({ epsilon: 1e-3 }),
      () => wg.depthwiseConv2d(3, { strides: 2, padding: 'same', depthMultiplier: 2 }),
      () => wg.maxPool2d(2),
      () => wg.spatialDropout2d(0.3),
      () => wg.flatten(),
      () => wg.dense(16, { activation: ops.gelu }),
      () => wg.dense(4, { activation: 'logSoftmax' }),
    ),
    convolutions: chain(
      image,
      conv({ strides: 2, padding: 'same', activation: 'leakyRelu' }),
      conv({
        padding: [
          [2, 0],
          [1, 3],
        ],
        groups: 2,
        useBias: false,
      }),
      conv({ padding: 1, dilation: [1, 2], groups: 3, activation: 'softmax' }),
      () => wg.separableConv2d(5, 3, { padding: 'same', depthMultiplier: 2, activation: 'sigmoid' }),
    ),
    transposed: chain(
      image,
      transposed({ strides: 2, padding: 'same' }),
      transposed({ groups: 2, activation: 'relu' }),
      transposed({ strides: [2, 3], padding: 1, outputPadding: [1, 0] }),
      transposed({
        padding: [
          [1, 0],
          [0, 1],
        ],
        dilation: 2,
        groups: 3,
      }),
      () => wg.conv2dTranspose(2, 1, { strides: 2, padding: 'same', useBias: false }),
    ),
    series: chain(
      [11, 4],
      () => wg.conv1d(6, 3, { padding: 'same', strides: 2 }),
      () => wg.spatialDropout1d(0.2),
      () => wg.batchNorm(),
      () => wg.conv1d(6, 2, { padding: [1, 2], dilation: 2, groups: 2 }),
      () => wg.avgPool1d(2, { padding: 1 }),
      () => wg.conv1dTranspose(5, 3, { strides: 2, padding: 'same' }),
      () => wg.maxPool1d(3, { strides: 2, padding: 'same' }),
      () => wg.adaptiveAvgPool1d(3),
      () => wg.flatten(),
      () => wg.dense(3),
    ),
    pools: chain(
      [13, 11, 3],
      () => wg.maxPool2d(3, { strides: 2, padding: 'same' }),
      () => wg.avgPool2d([2, 3], { strides: 1, padding: 'same' }),
      () => wg.avgPool2d(3, { strides: 2, padding: 1, ceilMode: true }),
      () => wg.avgPool2d(3, { strides: 1, padding: 1, countIncludePad: false }),
      () => wg.maxPool2d(2, { strides: 1, ceilMode: true }),
      () => wg.adaptiveAvgPool2d([2, 3]),
    ),
    norms: chain(
      image,
      () => wg.layerNorm(),
      () => wg.groupNorm(2, { epsilon: 1e-4 }),
      () => wg.instanceNorm({ scale: true, center: true }),
      () => wg.instanceNorm(),
      () => wg.rmsNorm(),
      () => wg.localResponseNorm(3, { alpha: 0.5 }),
      () => wg.layerNorm({ axis: 1 }),
      () => wg.prelu({ sharedAxes: [1, 2] }),
      () => wg.prelu(),
      () => wg.globalAvgPool2d(),
      () => wg.layerNorm({ scale: false, center: false }),
      () => wg.rmsNorm({ scale: false }),
    ),
    shapes: chain(
      image,
      () =>
        wg.zeroPadding2d([
          [1, 2],
          [0, 3],
        ]),
      () =>
        wg.cropping2d([
          [0, 1],
          [2, 0],
        ]),
      () => wg.upSampling2d(),
      () => wg.upSampling2d({ size: [1, 2], interpolation: 'bilinear' }),
      () => wg.activation('relu'),
      () => wg.permute([2, 1, 3]),
      () => wg.globalMaxPool2d({ keepDims: true }),
      () => wg.depthToSpace(2),
      () => wg.spaceToDepth(2),
      () => wg.reshape([2, 2]),
      () => wg.gaussianNoise(0.1),
      () => wg.flatten(),
      () => wg.repeatVector(3),
      () => wg.zeroPadding1d(1),
      () => wg.cropping1d([1, 0]),
      () => wg.globalMaxPool1d(),
    ),
    flattened: chain(
      [4, 5, 3],
      () => wg.recompute(wg.conv2d(6, 2)),
      () => wg.flatten(),
      () => wg.batchNorm(),
      () => wg.prelu(),
      () => wg.layerNorm(),
      () => wg.dropout(0.1),
      () => wg.dense(6),
      () => wg.dense(6),
    ),
    twoInputs: () => {
      const [conv, norm, deep, wide, sick, days] = [
        wg.conv2d(4, 3, { activation: 'relu' }),
        wg.batchNorm(),
        wg.depthwiseConv2d(3),
        wg.dense(4, { activation: 'relu' }),
        wg.dense(1, { activation: 'sigmoid' }),
        wg.dense(2),
      ];
      return wg.model({ image: [8, 6, 3], age: [4] }, ({ image, age }) => {
        const seen = deep(norm(conv(image))).reshape([image.shape[0], -1]);
        const both = ops.concat([seen, wide(age), age], 1);
        return { sick: sick(both), days: days(both).add(age.mean(1, { keepDims: true })) };
      });
    },
    residual: () => {
      const [stem, a, b, norm, head] = [
        wg.conv2d(4, 3, { padding: 'same', name: 'stem-1' }),
        wg.conv2d(4, 3, { padding: 'same' }),
        wg.conv2d(4, 1),
        wg.batchNorm(),
        wg.dense(2),
      ];
      const squeeze = wg.layer({
        kind: 'squeeze',
        build: ({ shape }) => ({ parameters: { factor: { shape: [shape.at(-1)], initializer: 'ones' } } }),
        call: (x, { factor }) =>
          x
            .mul(
              wg
                .dense(4, { activation: 'sigmoid' })(x.mean([1, 2]))
                .reshape([x.shape[0], 1, 1, 4]),
            )
            .mul(factor),
      });
      return wg.model([8, 8, 3], (x) => {
        const s = stem(x);
        const y = squeeze(b(norm(a(s).relu())))
          .add(s)
          .relu();
        const z = ops.concat([y, a(y)], 3);
        return head(z.mean([1, 2]).div(2).maximum(-1).sub(0.5).square());
      });
    },
    divisions: () => {
      const head = wg.dense(2);
      return wg.model([6], (x) => {
        const whole = x.mul(10).toInt();
        const [quotient, rest] = [ops.floorDiv(whole, -3), ops.mod(whole, 4)];
        return head(ops.concat([ops.mod(x, -0.7), quotient.toFloat(), rest.toFloat()], 1));
      });
    },
    attention: () => {
      const [q, k, v] = [wg.dense(4), wg.dense(4), wg.dense(4)];
      return wg.model([6, 4], (x) => {
        const rows = x.reshape([-1, 4]);
        const [a, b, c] = [q, k, v].map((of) => of(rows).reshape([x.shape[0], 6, 4]));
        return a.matMul(b, { transB: true }).mul(0.5).softmax().matMul(c).mean(1).exp();
      });
    },
    recurrent: chain(
      [7, 5],
      () => wg.simpleRnn(6, { activation: 'relu', returnSequences: true }),
      () => wg.lstm(5, { returnSequences: true, goBackwards: true }),
      () => wg.bidirectional(wg.gru(4, { returnSequences: true }), { mergeMode: 'mul' }),
      () => wg.bidirectional(wg.lstm(3, { returnSequences: true, useBias: false })),
      () => wg.timeDistributed(wg.dense(4)),
      () => wg.bidirectional(wg.simpleRnn(4, { returnSequences: true, dropout: 0.1 }), { mergeMode: 'sum' }),
      () => wg.gru(5, { returnSequences: true, dropout: 0.2 }),
      () => wg.bidirectional(wg.gru(5), { mergeMode: 'ave' }),
    ),
    tokens: chain(
      { shape: [6], dtype: 'int32' },
      () => wg.embedding(11, 8, { paddingIndex: 0 }),
      () => wg.positionalEmbedding(9),
      () => wg.bidirectional(wg.lstm(4)),
    ),
    tied: () => {
      const [tokens, places] = [wg.embedding(11, 8), wg.positionalEmbedding(6, { type: 'sinusoidal' })];
      const logits = wg.tiedOutput(tokens);
      return wg.model({ shape: [6], dtype: 'int32' }, (x) => logits(places(tokens(x))));
    },
    multiHead: () => {
      const [self, causal, masked, wide] = [
        wg.multiHeadAttention(2, 4, { dropout: 0.1 }),
        wg.multiHeadAttention(4, 2, { causal: true, useBias: false }),
        wg.multiHeadAttention(2, 4, { causal: true }),
        wg.multiHeadAttention(1, 8, { useBias: false }),
      ];
      const inputs = { x: [6, 8], pairs: [6, 6], key: [5, 3], value: [5, 2], lengths: { shape: [], dtype: 'int32' } };
      return wg.model(inputs, ({ x, pairs, key, value, lengths }) => {
        const known = wg.arange(5).less(lengths.toFloat().expandDims(1));
        const y = masked({ query: causal(self(x)), value: x, mask: pairs.greater(0) });
        return y.add(wide({ query: y, key, value, mask: known }));
      });
    },
    encoders: chain(
      [6, 8],
      () => wg.transformerEncoder({ numHeads: 2, intermediateDim: 12 }),
      () =>
        wg.transformerEncoder({ numHeads: 4, intermediateDim: 5, normFirst: true, activation: 'gelu', dropout: 0.1 }),
      () => wg.transformerEncoder({ numHeads: 2, intermediateDim: 7, activation: 'silu', epsilon: 1e-3, causal: true }),
      () => wg.transformerDecoder({ numHeads: 2, intermediateDim: 2048, normFirst: true }),
      () => wg.transformerEncoder({ numHeads: 2, intermediateDim: 7, useBias: false, norm: 'rmsNorm' }),
    ),
    transformer: () => {
      const options = { numHeads: 2, intermediateDim: 7 };
      const [encoder, decoder, masked] = [
        wg.transformerEncoder(options),
        wg.transformerDecoder({ ...options, activation: 'gelu' }),
        wg.transformerDecoder({ ...options, normFirst: true }),
      ];
      const inputs = { x: [6, 8], y: [5, 8], lengths: { shape: [], dtype: 'int32' } };
      return wg.model(inputs, ({ x, y, lengths }) => {
        const known = wg.arange(6).less(lengths.toFloat().expandDims(1));
        const encoded = encoder({ sequence: x, mask: known });
        return masked({ sequence: decoder({ sequence: y, encoded }), encoded, encodedMask: known });
      });
    },
    states: () => {
      const [read, write, gru] = [
        wg.lstm(4, { returnState: true }),
        wg.lstm(4, { returnSequences: true }),
        wg.gru(3, { goBackwards: true }),
      ];
      const inputs = { x: [5, 3], y: [4, 2], lengths: { shape: [], dtype: 'int32' } };
      return wg.model(inputs, ({ x, y, lengths }) => {
        const { state } = read({ x, lengths });
        const written = write({ x: y, initialState: state });
        return { written, last: gru({ x: written, mask: y.sum(2).greater(-0.5) }) };
      });
    },
    nested: () => {
      const trunk = wg.sequential([6, 6, 2], [wg.conv2d(3, 3), wg.batchNorm(), wg.dropout(0.5)]);
      const inner = trunk.asLayer({ trainable: false });
      const again = trunk.asLayer({ trainable: false, name: 'again' });
      const head = wg.dense(2);
      return wg.model([6, 6, 2], (x) => head(inner(x).add(again(x.neg())).reshape([x.shape[0], -1])));
    },
  };
}
