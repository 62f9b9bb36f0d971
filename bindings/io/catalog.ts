// What the names in a file stand for: the functions of the library that make layers, optimizers and the like. They are
// loaded by families, when a file names one of them, so that a page that reads a small model has no kernels for images.
// This list is itself loaded on demand: a page that saves models has no need of it.

/** Names, and where the functions of these names are. */
interface Family {
  readonly names: string;
  load(): Promise<object>;
}

const FAMILIES: readonly Family[] = [
  {
    names: 'activation prelu dense dropout flatten l1 l2 rescaling adam sgd',
    load: () => import('./catalog/basic.js'),
  },
  {
    names:
      'conv1d conv1dTranspose conv2d conv2dTranspose depthwiseConv2d separableConv2d gaussianNoise spatialDropout1d spatialDropout2d globalAvgPool1d globalAvgPool2d globalMaxPool1d globalMaxPool2d cropping1d cropping2d zeroPadding1d zeroPadding2d adaptiveAvgPool1d adaptiveAvgPool2d avgPool1d avgPool2d maxPool1d maxPool2d recompute depthToSpace spaceToDepth upSampling2d permute repeatVector reshape',
    load: () => import('./catalog/images.js'),
  },
  {
    names: 'batchNorm groupNorm instanceNorm layerNorm localResponseNorm rmsNorm',
    load: () => import('./catalog/normalization.js'),
  },
  {
    names: 'masking orthogonal simpleRnn lstm gru bidirectional timeDistributed rnn',
    load: () => import('./catalog/sequences.js'),
  },
  {
    names:
      'multiHeadAttention embedding positionalEmbedding rotaryEmbedding tiedOutput transformerDecoder transformerEncoder',
    load: () => import('./catalog/attention.js'),
  },
  {
    names: 'cutout randomBrightness randomContrast randomCrop randomFlip randomRotation randomTranslation',
    load: () => import('./catalog/augmentation.js'),
  },
  {
    names:
      'glorotNormal heNormal celu elu gelu hardSigmoid hardSwish hardTanh logSigmoid mish relu6 selu silu softsign',
    load: () => import('./catalog/functions.js'),
  },
  {
    names: 'eluBy exponential geluByTanh hardSigmoidOfKeras2 l1l2 reluBy softmaxBy',
    load: () => import('./catalog/made.js'),
  },
  {
    names:
      'binaryCrossEntropyWithLogits contrastive cosineDistance ctcLoss focal hinge huber klDivergence logCosh nllLoss pinball poissonNll smoothL1 softmaxCrossEntropy squaredHinge f1 precision recall logLoss perplexity metric prAuc rocAuc r2 rmse topKAccuracy adadelta adafactor adagrad adamax adamW amsgrad averageWeights clipByGlobalNorm clipByNorm clipByValue grouped lion nadam radam rmsprop rprop constantSchedule cosineDecay cosineDecayRestarts exponentialDecay inverseTimeDecay multiStep piecewiseConstant polynomialDecay stepDecay joinSchedules linearWarmup oneCycle',
    load: () => import('./catalog/training.js'),
  },
];

/** Functions by their names. */
export type Named = ReadonlyMap<string, unknown>;

const familyOf = (name: string): Family | undefined => FAMILIES.find(({ names }) => names.split(' ').includes(name));

/** The functions of these names, as far as the library has them. */
export async function catalogOf(names: Iterable<string>): Promise<Named> {
  const families = new Set([...names].flatMap((name) => familyOf(name) ?? []));
  const loaded = await Promise.all([...families].map((family) => family.load()));
  return new Map(loaded.flatMap((exports) => Object.entries(exports)));
}
