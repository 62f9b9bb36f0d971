// The program that every runtime runs. Nothing in it may depend on the engine: no Math.sin, no clock.

const ROWS = 300;
const INPUTS = 61;
const CLASSES = 10;
/** Trained anew each time: with threads, workers are asleep in the first round, and awake in the others. */
const ROUNDS = 3;

const x = Float32Array.from({ length: ROWS * INPUTS }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
const y = Int32Array.from({ length: ROWS }, (_, i) => (i * 7) % CLASSES);

/**
 * Trains the same small network from the same seed.
 * @param wasmgrad the package, imported
 * @param ops its entry wasmgrad/ops
 * @param {object} options of init
 * @param files its entries wasmgrad/io and wasmgrad/run, { io, run }: then what was saved, and what was frozen, must predict the same
 * @returns {Promise<object>} what runtimeInfo says, and `hash`: of the bits of the final weights, the same in every round
 */
export async function train(wasmgrad, ops, options, files) {
  const hashes = new Set();
  for (let round = 0; round < ROUNDS; round++) {
    hashes.add(await trainOnce(wasmgrad, ops, options, round === 0 ? files : undefined));
  }
  return { ...wasmgrad.runtimeInfo(), hash: [...hashes].join(' then ') };
}

async function trainOnce(wasmgrad, { gelu, sin, where }, options, files) {
  const { adam, conv1d, dense, flatten, init, reshape, sequential } = wasmgrad;
  const { backend } = await init({ ...options, seed: 3 });
  // Of kernels that come as side modules, too.
  const activation = (z) => where(z.greater(-1), gelu(z), sin(z));
  const seen = [reshape([INPUTS, 1]), conv1d(3, 4, { strides: 2, padding: 'same', activation: 'relu' }), flatten()];
  const hidden = [...seen, dense(130, { activation: 'tanh' }), dense(67, { activation })];
  const model = sequential([INPUTS], [...hidden, dense(CLASSES)]);
  model.compile({ optimizer: adam(0.01), loss: 'softmaxCrossEntropy', metrics: ['accuracy'] });
  await model.fit(x, y, { epochs: 4, batchSize: 77 });
  const hash = model.getWeights().reduce((h, weight) => fnv(h, weight.data()), 0x811c9dc5);
  if (files) await checkFiles(model, files, { activation }, backend);
  await checkText(wasmgrad);
  model.dispose();
  return hash.toString(16).padStart(8, '0');
}

/** Throws unless the model predicts the same when it was saved and loaded, and when it was frozen. */
async function checkFiles(model, { io, run }, registry, backend) {
  const some = x.subarray(0, 32 * INPUTS);
  const data = { data: some, shape: [32, INPUTS] };
  const expected = fnv(0, model.predict(data).data());
  const loaded = await io.loadModel(await io.saveModel(model, undefined, { registry }), { registry });
  if (fnv(0, loaded.predict(data).data()) !== expected) throw new Error('a model that was saved predicts otherwise');
  const frozen = await run.loadFrozen(await io.freeze(model, { batch: [1, 32] }), { backend });
  if (fnv(0, frozen.predict(some)) !== expected) throw new Error('a model that was frozen predicts otherwise');
  loaded.dispose();
}

/** What a model of attention and memory writes, from a seed of its own. */
const TEXT = 'brbrrbrbmqkaiaikkkkakkaz';

/** Throws unless it writes that. */
async function checkText({
  embedding,
  generate,
  gru,
  model,
  positionalEmbedding,
  randomKey,
  setSeed,
  tiedOutput,
  transformerDecoder,
}) {
  setSeed(5); // whatever was drawn before
  const [embed, places] = [embedding(26, 8, { embeddingsInitializer: 'glorotUniform' }), positionalEmbedding(40)];
  const [block, memory] = [transformerDecoder({ numHeads: 2, intermediateDim: 16 }), gru(8, { returnSequences: true })];
  const scores = tiedOutput(embed);
  const net = model({ shape: [8], dtype: 'int32' }, (x) => scores(memory(block(places(embed(x)))).mul(8)));
  let text = '';
  const how = { key: randomKey(7), maxTokens: 24, topK: 20, topP: 0.95 };
  for await (const token of generate(net, [7, 4, 11, 11, 14], how)) text += String.fromCharCode(97 + token);
  if (text !== TEXT) throw new Error(`the model writes '${text}', expected '${TEXT}'`);
  net.dispose();
}

/** FNV-1a over the bits of float32. */
function fnv(hash, values) {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return bits.reduce((h, word) => Math.imul(h ^ word, 0x01000193) >>> 0, hash);
}
