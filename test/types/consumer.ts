// A program of a user, who has strict settings and no DOM: it uses every part of the API, and must compile against the
// declarations of the package. It never runs. Lines that must not compile are in refused.ts.

import * as wg from 'wasmgrad';
import core from 'wasmgrad/core.wasm';
import * as data from 'wasmgrad/data';
import * as js from 'wasmgrad/js';
import type * as jsOps from 'wasmgrad/js/ops';
import * as ops from 'wasmgrad/ops';

/** Compiles if `A` and `B` are the same type. */
type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <A, B>(_same: Is<A, B>): void => {};

const { tensor } = wg;
const x: wg.Tensor = tensor([
  [1, 2],
  [3, 4],
]);

// Parameters as an interface, and nests of all kinds.

interface Params {
  w: wg.Tensor;
  b: wg.Tensor;
}
interface Network {
  readonly layers: readonly Params[];
  readonly pair: [wg.Tensor, wg.Tensor];
  readonly scale?: wg.Tensor;
}
class Weights {
  readonly w = x;
}
const params: Params = { w: x, b: tensor(0) };
const network: Network = { layers: [params], pair: [x, x] };
const loss = ({ w, b }: Params): wg.Tensor => w.mul(2).add(b).sum();
const lossOf = ({ layers, pair, scale }: Network): wg.Tensor => {
  return loss(layers[0] ?? params)
    .mul(pair[1].sum())
    .mul(scale ?? 1);
};

// grad: results by name; numbers stay numbers.

const ofTensors = wg.grad(loss)(params);
is<(typeof ofTensors)['w'], wg.Tensor>(true);
export const assignable: Params = ofTensors;
const mixed = wg.grad(loss)({ w: Float32Array.of(1, 2), b: 4 });
is<typeof mixed, { w: wg.Tensor; b: number }>(true);
export const sameForm: Network = wg.grad(lossOf)(network);
const nested = wg.grad(lossOf)({ layers: [{ w: 1, b: x }], pair: [1, x] });
is<typeof nested, { layers: { w: number; b: wg.Tensor }[]; pair: [number, wg.Tensor] }>(true);
wg.grad((c: Weights) => c.w.sum())(new Weights()).w.exp();
const cube = wg.grad((v) => ops.pow(v, 3))(2);
is<typeof cube, number>(true);
wg.grad(wg.grad((v) => ops.pow(v, 3)))(2).toFixed();
wg.grad((v, factor: number, on: boolean) => v.mul(on ? factor : 1))(2, 3, true).toFixed();
const withAux = wg.grad((p: Params) => [loss(p), { note: 'n' }] as const, { hasAux: true })(params);
is<(typeof withAux)['grads'], { w: wg.Tensor; b: wg.Tensor }>(true);
is<(typeof withAux)['aux'], { readonly note: 'n' }>(true);
wg.grad(loss, { hasAux: undefined })(params);

// valueAndGrad: the value is a number where all leaves are.

const all = wg.valueAndGrad(loss)({ w: 3, b: 4 });
is<typeof all.value, number>(true);
const some = wg.valueAndGrad(lossOf)({ layers: [{ w: 1, b: 1 }], pair: [1, x] });
is<typeof some.value, wg.Tensor>(true);
const ofParams = wg.valueAndGrad(loss)(params);
is<typeof ofParams.value, wg.Tensor>(true);
const auxToo = wg.valueAndGrad((p: Params) => [loss(p), 1] as const, { hasAux: true })({ w: 1, b: 2 });
(auxToo.value + auxToo.grads.w + auxToo.aux).toFixed();
declare const unknownNest: wg.LeafTree;
wg.valueAndGrad((_: wg.TensorTree) => x)(unknownNest);

// vjp, jvp, jacobian, hessian, gradCheck

const { value, pull } = wg.vjp((p: Params) => ({ twice: p.w.mul(2) }), params);
value.twice.add(1);
pull({ twice: x }).b.item();
wg.vjp((v) => v.square(), 2)
  .pull(1)
  .item();
wg.jvp(loss, params, { w: x, b: 1 }).tangent.item();
wg.jacobian(({ w, b }: Params) => w.mul(b))({ w: 1, b: 2 }).w.add(1);
wg.hessian(loss)(params).w.b.add(1);
wg.hessian((v) => ops.pow(v, 3))(2).item();
wg.gradCheck(loss, { w: x, b: 1 }, { epsilon: 1e-4, rtol: undefined, atol: undefined }).ok.valueOf();
wg.gradCheck((v) => v.square(), 3).index.toFixed();

// jit

interface State {
  readonly params: Params;
  readonly step: wg.Tensor;
}
const step = wg.jit(({ params: { w, b }, step: n }: State, batch: wg.Tensor): State => {
  const grads = wg.grad((p: Params) => batch.matMul(p.w).add(p.b).square().mean())({ w, b });
  return { params: { w: w.sub(grads.w.mul(0.1)), b: b.sub(grads.b.mul(0.1)) }, step: n.add(1) };
});
step(step({ params, step: 0 }, x), [1, 2, 3].length).params.w.toArray<number[][]>();
wg.jit((w, v) => wg.grad((u) => u.matMul(v).tanh().sum())(w))(x, 1).data();
wg.jit((...all: wg.Tensor[]) => all)(x, 1)[0]?.item();
wg.jit((nest: wg.TensorTree) => nest)({ a: [1, x] });
export const generic = <P extends wg.Tree<P>>(f: (p: P) => wg.Tensor, p: wg.Feed<P>) => wg.jit(f)(p);

// vmap and customVjp, with other transforms in them

const outputs = wg.vmap((p: Params, v: wg.Tensor) => ({ y: v.matMul(p.w).add(p.b) }), {
  inAxes: [{ w: 0, b: null }, null],
});
outputs({ w: x, b: 1 }, Float32Array.of(1, 2)).y.data();
const perExample = wg.vmap(
  wg.grad((p: Params, v: wg.Tensor) => p.w.mul(v).add(p.b).sum()),
  { inAxes: [null, 0] },
);
perExample({ w: x, b: x }, x).b.data();
const both = wg.vmap(wg.valueAndGrad(lossOf), { outAxes: undefined })(network);
is<typeof both.value, wg.Tensor>(true);
both.grads.pair[1].data();
wg.jit(wg.vmap(wg.vmap((v) => v.square())))(x).data();
wg.vmap(wg.jit(loss))(params).data();
wg.vmap(wg.hessian(loss))(params).w.b.data();
const clipped = wg.customVjp(
  (p: Params, by: wg.Tensor) => ({ value: { y: p.w.add(p.b) }, saved: { by, kind: 'clip' } }),
  ({ by, kind }, { y }) => [{ w: y.mul(by), b: y.sum().mul(kind.length) }, null],
);
wg.grad((p: Params) => clipped(p, x).y.sum())(params).w.add(1);
wg.grad(
  wg.customVjp(
    (v) => ({ value: v, saved: 1 }),
    (k, g) => [g.mul(k)],
  ),
)(3).toFixed();

// treeMap, treeLeaves, treeReduce

export const updated: Params = wg.treeMap((p, g) => p.sub(g.mul(0.1)), params, ofTensors);
wg.treeMap((t) => t.shape, { w: 1, layers: [x] as const }).layers[0].length.toFixed();
wg.treeMap((p, g) => p.sub(g), network, sameForm).pair[1].data();
wg.treeReduce((n, t) => n + t.size, params, 0).toFixed();
wg.treeLeaves(unknownNest)[0]?.data();

// minimize, newton, lbfgs

const { point, trace } = wg.minimize(
  loss,
  { w: 1, b: x },
  {
    optimizer: wg.sgd(0.1),
    steps: undefined,
    until: ({ point: { w, b }, value: v }) => w + b.item() < v,
    onStep: undefined,
  },
);
is<typeof point, { w: number; b: wg.Tensor }>(true);
trace[0]?.point.w.toFixed();
wg.minimize((v) => v.square(), 1.2, {}).point.toFixed();
wg.newton(loss, params, { steps: undefined, tolerance: undefined }).point.w.add(1);
wg.newton((v) => v.square(), 3).point.toFixed();
wg.lbfgs(lossOf, network, { memory: undefined, onStep: ({ point: p }) => p.pair[0].item() }).point.layers[0]?.b.add(1);

// A layer, loss, metric, initializer, optimizer and callback of one's own

const scale = () =>
  wg.layer({
    kind: 'scale',
    name: undefined,
    build: ({ shape }) => ({ parameters: { factor: { shape, initializer: 'ones' } } }),
    call: (z, { factor }) => z.mul(factor),
  });
const huber: wg.LossFunction = (yTrue, yPred) => yPred.sub(yTrue).square().add(1).sqrt().sub(1).mean();
const bias: wg.MetricFunction = (yTrue, yPred, { fromLogits }) => yPred.sub(fromLogits ? 0 : yTrue).mean();
const small: wg.Initializer = (shape, key) => wg.randomNormal(shape, { key, std: 0.1 });
const signSgd = (learningRate: number): wg.Optimizer => ({
  name: 'signSgd',
  learningRate,
  slots: ['last'],
  update: ({ param, grad, slots, learningRate: lr, step: n }) => [
    wg.assign(param, param.sub(grad.sign().mul(lr))),
    ...Object.values(slots).map((slot) => wg.assign(slot, grad.div(n))),
  ],
});
class Log implements wg.Callback {
  readonly lines: string[] = [];
  onEpochEnd(epoch: number, { loss: l, valLoss }: wg.Logs, model: wg.TrainingModel): void {
    this.lines.push(`${epoch}: ${l.toFixed(3)} ${valLoss?.toFixed(3)}`);
    if (l < 0.1) model.stopTraining = true;
  }
  async onTrainEnd(): Promise<void> {}
}

// A model

export async function train(): Promise<void> {
  const info = await wg.init({ backend: 'auto', precision: 'float32', seed: 1, threads: 2, relaxedSimd: true });
  info.reason?.toUpperCase();
  await js.init({ seed: undefined, module: undefined });
  await wg.init({ module: core });
  await wg.init({ module: new Uint8Array(8) });
  await wg.init({ module: Promise.resolve(new ArrayBuffer(8)) });
  const model: wg.Sequential = wg.sequential(
    [2],
    [
      wg.dense(8, { activation: 'tanh', kernelInitializer: small }),
      wg.dense(4, { activation: ops.gelu, useBias: undefined, name: undefined, biasInitializer: undefined }),
      scale(),
      wg.rescaling(1 / 255, { offset: -1, name: undefined }),
      wg.flatten(),
      wg.dense(1, { activation: (z) => z.sigmoid() }),
    ],
  );
  model.compile({ optimizer: signSgd(0.01), loss: huber, metrics: ['accuracy', bias] });
  model.compile({ optimizer: wg.adam(), loss: 'binaryCrossEntropy', metrics: undefined });
  const { history } = await model.fit([[0, 1]], [1], {
    epochs: 2,
    batchSize: 'full',
    shuffle: undefined,
    validationSplit: undefined,
    validationData: [[[0, 1]], x],
    callbacks: [
      new Log(),
      wg.earlyStopping({ monitor: 'loss', mode: undefined }),
      wg.stopBelow(0.1, { monitor: undefined }),
      wg.reduceLROnPlateau({ mode: 'min', factor: undefined }),
      wg.logger({ every: 2, write: (line) => void line.length }),
      wg.progressBar({ stream: { write: (text: string) => text.length, isTTY: undefined } }),
      { onBatchEnd: undefined, onProgress: ({ step: n, steps }) => void (n / steps) },
    ],
  });
  history.loss[0]?.toFixed();
  history['valLoss']?.at(-1)?.toFixed();
  await model.fit(new Float32Array(4), new Uint8Array(2));
  await model.fit([new Float32Array(2), new Float32Array(2)], x, undefined);
  const source: wg.BatchSource = async function* () {
    yield [[[0, 1]], [1]] as const;
    yield { x, y: [1, 0], sampleWeight: undefined };
  };
  await model.fit(source, { epochs: 2, stepsPerEpoch: undefined, validationData: () => [[x, [1, 0]]], verbose: 1 });
  await wg.fitBatches(model, [[x, [1, 0]]], { signal: { aborted: false } });
  const { suggestion, rates } = await wg.learningRateFinder(model, x, [1, 0], { steps: 20 });
  model.learningRate = suggestion + rates.length;
  model.evaluate(x, [1, 0], { batchSize: undefined })['accuracy']?.toFixed();
  model.trainOnBatch(x, [1, 0]).toFixed();
  model.inspect(x, [1, 0]).layers['dense']?.dW?.toArray();
  model.setWeights(model.getWeights().map((w) => w.toArray()));
  model.predict([[0, 1]]).item();
  model.summary().length.toFixed();
  model.learningRate *= 0.5;
}

// Names in logs and history follow from what compile was given.

export async function named(xs: number[][], ys: number[]): Promise<void> {
  const net = wg.sequential([2], [wg.dense(1)]).compile({
    optimizer: wg.sgd(),
    loss: (yTrue, yPred) => yTrue.sub(yPred).square().mean(),
    metrics: ['mae', wg.precision(), wg.topKAccuracy(3), wg.metric('bias', (yTrue, yPred) => yTrue.sub(yPred).mean())],
  });
  const { loss: ofAll, mae, precision, top3Accuracy, bias: ofBias } = net.evaluate(xs, ys);
  (ofAll + mae + precision + top3Accuracy + ofBias).toFixed();
  const { history } = await net.fit(xs, ys);
  history.precision.at(-1)?.toFixed();
  // @ts-expect-error: without validation there are no such values
  history.valMae;
  // @ts-expect-error: it is called mae
  net.evaluate(xs, ys).meanAbsoluteError;
  const validated = await net.fit(xs, ys, { validationSplit: 0.5 });
  (validated.history.valLoss.length + validated.history.valTop3Accuracy.length).toFixed();
  const batches = await wg.fitBatches(net, [[x, ys]], { validationData: [[x, ys]] });
  batches.history.valBias.length.toFixed();
  const plain = wg.sequential([2], [wg.dense(1)]).compile({ optimizer: wg.sgd(), loss: 'mse' });
  is<ReturnType<typeof plain.evaluate>, wg.Logs>(true);
  const unnamed = plain.compile({
    optimizer: wg.sgd(),
    loss: 'mse',
    metrics: [(yTrue, yPred) => yTrue.sub(yPred).sum()],
  });
  is<ReturnType<typeof unnamed.evaluate>, wg.Logs>(true);
  const general: wg.Sequential = net;
  general.evaluate(xs, ys)['mae']?.toFixed();
  const history1: wg.History = validated;
  history1.history['valMae']?.length.toFixed();

  const two = wg
    .model([2], (t) => ({ sick: wg.dense(1)(t), days: wg.dense(1)(t) }))
    .compile({
      optimizer: wg.sgd(),
      loss: { sick: 'binaryCrossEntropy', days: 'mse' },
      metrics: { sick: ['accuracy'] },
    });
  const { sickLoss, daysLoss, sickAccuracy } = two.evaluate(xs, { sick: ys, days: ys });
  (sickLoss + daysLoss + sickAccuracy).toFixed();
}

// Tensors: what they are made of, their methods, and what is a function

tensor(1);
tensor(new Float64Array(2), [2], 'float32');
tensor([new Uint8ClampedArray(2), new Int16Array(2)]);
tensor([[1, 2] as const, [3, 4]] as readonly (readonly number[])[], [2, 2]);
ops.where(x.greater(0), x.max([0, 1], { keepDims: undefined }), 0).matMul(x, { transA: undefined, transB: true });
ops.clip(ops.gelu(x, { approximate: undefined }), 0, 1);
ops.einsum('ij,jk->ik', x, x).argMax().toFloat();
ops
  .slice(x, [[0, 1], null])
  .squeeze()
  .expandDims(-1);
ops.concat(ops.split(x, 2), 1);
ops.repeatVector(ops.globalAvgPool1d(ops.zeroPadding1d(x, [1, 0]), { keepDims: undefined, mask: undefined }), 2);
ops
  .globalMaxPool2d(
    ops.cropping2d(
      ops.zeroPadding2d(x, [
        [1, 2],
        [0, 1],
      ]),
      1,
    ),
  )
  .sum();
const projections: ops.AttentionParameters = { queryKernel: x, keyKernel: x, valueKernel: x, outputKernel: x };
ops.multiHeadAttention(x, x, x, { ...projections, keyBias: undefined }, 2, { causal: true, mask: undefined }).data();
const edge: ops.Widths2d = [1, 2];
ops.cropping2d(x, edge).data();
ops.softmaxCrossEntropy(x, tensor([1], [1], 'int32'), { reduction: undefined }).item();
ops.binaryCrossEntropyWithLogits(x, 1, { reduction: 'none' }).sum();
ops.sum(ops.mul(2, x), undefined, { keepDims: undefined });
ops
  .matMul(x, x, { transA: undefined })
  .add(ops.softmax(x, -1))
  .add(ops.reshape(1, [1, 1]));
const rooted: (t: wg.TensorLike) => wg.Tensor = ops.rsqrt;
is<typeof rooted, typeof jsOps.rsqrt>(true);
js.grad((t) => ops.exp(t))(2).toFixed();
ops.topK(x, 1).indices.data();
const values: Float32Array = x.data('float32');
const indices: Int32Array = x.argMax().data('int32');
(values.length + indices.length).toFixed();
// @ts-expect-error: it may be of int32
export const perhaps: Float32Array = x.data();
ops.variance(x, undefined, { correction: undefined });
ops.sort(x, 0, { descending: undefined });
wg.randomNormal([2], { mean: undefined, std: 1, key: undefined });
const [now, later]: [wg.Tensor, wg.Tensor] = wg.splitKey(wg.randomKey(1));
const three: [wg.Tensor, wg.Tensor, wg.Tensor] = wg.splitKey(wg.foldIn(now, 3), 3);
export const keys: wg.Tensor[] = [...three, ...wg.splitKey(later, Number('4'))];
wg.randomInt([2], { high: 3, low: undefined });
wg.categorical(ops.dropout(x, 0.5, { key: now }), { shape: undefined, axis: undefined });
// @ts-expect-error there is no default end
wg.randomInt([2]);
ops.oneHot(wg.permutation(3), 3).mul(wg.randomUniform([3]));

// One Tensor for all entries; errors can be told apart.

export const one: js.Tensor = wg.zeros([1]);
export const epochOf = (error: unknown): number | undefined =>
  error instanceof wg.NonFiniteLossError ? error.epoch : undefined;

// All options take undefined, with exactOptionalPropertyTypes too.

/** Names of options that do not. */
type Strict<O> = {
  [K in keyof O]-?: undefined extends Required<O>[K] ? never : object extends Pick<O, K> ? K : never;
}[keyof O];
type Options = [
  wg.AdagradOptions,
  wg.AdamOptions,
  wg.BatchOptions,
  wg.BernoulliOptions,
  wg.CategoricalOptions,
  wg.Callback,
  wg.CompileOptions,
  wg.DenseOptions,
  wg.EarlyStoppingOptions,
  wg.FitOptions,
  ops.GeluOptions,
  wg.GradCheckOptions,
  wg.GradOptions,
  wg.InitOptions,
  wg.Layer,
  wg.LbfgsOptions<number>,
  wg.MatMulOptions,
  wg.MinimizeOptions<number>,
  wg.NewtonOptions<number>,
  wg.NormalOptions,
  wg.RmspropOptions,
  wg.SgdOptions,
  ops.SortOptions,
  wg.UniformOptions,
  ops.VarianceOptions,
  wg.VmapOptions,
];
is<{ [I in keyof Options]: Strict<Options[I]> }[number], never>(true);

// Losses with options, metrics with types of their own, data sets that keep theirs.

export const imported: wg.Loss = wg.huber({ delta: undefined });
is<ReturnType<typeof ops.softmaxCrossEntropy>, wg.Tensor>(true);
ops.softmaxCrossEntropy(x, x, { weight: [1, 2], labelSmoothing: 0.1, reduction: 'sum' });
ops.klDivergence(x, x, { reduction: 'batchMean', logTarget: undefined });
is<number, ReturnType<ReturnType<typeof wg.rocAuc>['result']>>(true);
const byClass = wg.measure(
  wg.f1({ average: 'none' }),
  [0, 1],
  [
    [1, 0],
    [0, 1],
  ],
);
is<typeof byClass, number[]>(true);
const scored = wg.measure(wg.f1({ average: 'macro' }), [0, 1], x);
is<typeof scored, number>(true);
is<ReturnType<ReturnType<typeof wg.confusionMatrix>['result']>, number[][]>(true);
const [xTrain, xTest, yTrain] = data.trainTestSplit(
  [
    [1, 2],
    [3, 4],
  ],
  Uint8Array.of(0, 1),
  { testSize: 1, seed: 1 },
);
is<typeof xTrain, number[][]>(true);
is<typeof xTest, number[][]>(true);
export const labels: Uint8Array = yTrain;
const [shuffled] = data.shuffle(x);
is<typeof shuffled, wg.Tensor>(true);
for (const [xs, ys] of data.batches(x, ['a', 'b'], { batchSize: 1 })) xs.add(ys.length);
const scaled = data.standardScaler().fitTransform([[1, 2]]);
is<typeof scaled, number[][]>(true);
export const floats: Float32Array = data.minMaxScaler({ range: [0, 2] }).fitTransform(Uint8Array.of(1, 2));
is<ReturnType<typeof data.labelEncoder>['classes'], readonly data.Category[]>(true);
const rows = data.oneHotEncoder().fitTransform([['a', 1]]);
is<typeof rows, number[][]>(true);
const tokenizer: data.Tokenizer<data.BytePairTokenizerJson> = data
  .bytePairTokenizer({ vocabularySize: 300 })
  .fit(['a']);
const windows = data.slidingWindows(tokenizer.encode('a text'), 2, { stride: 1 });
is<typeof windows, { x: wg.Tensor; y: wg.Tensor }>(true);
export const filled: wg.Tensor = tokenizer.encodeBatch(['a'], { padding: 'pre' });
