// Attention and layers of transformers from PyTorch: files that it wrote (test/pytorch/transformers.py) are loaded, and
// what the nets give is what they gave there. That exported ones run in PyTorch is in test/deploy/pytorch.test.mjs.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { readState } from '../bindings/pytorch/statefile.js';
import { elementsOf } from '../bindings/pytorch/strided.js';
import { torchFile } from '../bindings/pytorch/torchsave.js';
import { loadOptimizerState, loadStateDict, pyTorchFiles } from '../bindings/pytorch.js';

const FIXTURES = 'test/pytorch/fixtures';
const fixture = (name: string): Uint8Array => readFileSync(`${FIXTURES}/${name}.pt`);

interface Values {
  readonly data: number[];
  readonly shape: number[];
}
type Inputs = Record<string, wg.Tensor>;
const io = JSON.parse(readFileSync(`${FIXTURES}/transformers.json`, 'utf8')) as Record<
  string,
  { inputs: Record<string, Values>; output: Values }
>;

/** A block as those of transformers.py. */
const encoder = (options: Partial<wg.TransformerOptions> = {}) =>
  wg.transformerEncoder({ numHeads: 2, intermediateDim: 6, ...options });

/** A net of a function of several inputs, by the names that they have in transformers.py. */
const net = (inputs: Record<string, number[]>, forward: (inputs: Inputs) => wg.Tensor): wg.Model =>
  wg.model(inputs, forward as never) as unknown as wg.Model;

const others = { query: [5, 4], key: [3, 2], value: [3, 5] };

/** The nets of test/pytorch/transformers.py here. */
const NETS: Record<string, () => wg.Model> = {
  attention: () => {
    const layer = wg.multiHeadAttention(2, 2);
    return net({ query: [5, 4] }, ({ query }) => layer(query!));
  },
  attentionMasked: () => {
    const layer = wg.multiHeadAttention(4, 1);
    return net({ query: [5, 4], closed: [5] }, ({ query, closed }) => {
      return layer({ query: query!, value: query!, mask: closed!.equal(0) });
    });
  },
  attentionNoBias: () => {
    const layer = wg.multiHeadAttention(1, 4, { useBias: false });
    return net({ query: [5, 4] }, ({ query }) => layer(query!));
  },
  attentionWidths: () => {
    const layer = wg.multiHeadAttention(2, 2);
    return net(others, (inputs) => layer(inputs as never));
  },
  attentionWidthsNoBias: () => {
    const layer = wg.multiHeadAttention(2, 2, { useBias: false });
    return net(others, (inputs) => layer(inputs as never));
  },
  encoderLayer: () => {
    const layer = encoder();
    return net({ input: [5, 4] }, ({ input }) => layer(input!));
  },
  encoderLayerGelu: () => {
    const layer = encoder({ normFirst: true, activation: 'gelu', epsilon: 1e-3 });
    return net({ input: [5, 4] }, ({ input }) => layer(input!));
  },
  encoder: () => {
    const layers = [encoder({ normFirst: true }), encoder({ normFirst: true, dropout: 0.1 }), wg.layerNorm()];
    return net({ src: [5, 4] }, ({ src }) => layers.reduce((x, layer) => layer(x) as wg.Tensor, src!));
  },
  encoderMasked: () => {
    const layer = encoder();
    return net({ src: [5, 4], src_key_padding_mask: [5] }, ({ src, src_key_padding_mask: closed }) => {
      return layer({ sequence: src!, mask: closed!.equal(0) });
    });
  },
  causal: () => {
    const layers = [1, 2].map(() => {
      return wg.transformerDecoder({ numHeads: 2, intermediateDim: 6, normFirst: true, activation: 'gelu' });
    });
    return net({ sequence: [5, 4] }, ({ sequence }) => layers.reduce((x, layer) => layer(x), sequence!));
  },
  decoderLayer: () => {
    const layer = wg.transformerDecoder({ numHeads: 2, intermediateDim: 6 });
    return net({ sequence: [5, 4], encoded: [3, 4] }, (inputs) => layer(inputs as never));
  },
};

const weights = (model: wg.Model): number[] => model.getWeights().flatMap((w) => [...w.data()]);

/** The tensors of a file: values and shapes by name, in their order. */
async function contents(bytes: Uint8Array): Promise<Map<string, { data: Float32Array; shape: readonly number[] }>> {
  const { tensors } = await readState('test', bytes, Infinity);
  return new Map(
    [...tensors].map(([name, t]) => [name, { data: Float32Array.from(elementsOf(name, t)), shape: t.shape }]),
  );
}

/** The prefix of a module here for each one there. */
const MODULES: Record<string, Record<string, string>> = {
  attention: { attention: 'multiHeadAttention' },
  attentionWidths: { attention: 'multiHeadAttention' },
  encoderLayer: { '0': 'transformerEncoder' },
  encoder: { 'layers.0': 'transformerEncoder', 'layers.1': 'transformerEncoder_1', norm: 'layerNorm' },
  causal: { 'encoder.layers.0': 'transformerDecoder', 'encoder.layers.1': 'transformerDecoder_1' },
  decoderLayer: { layer: 'transformerDecoder' },
};

beforeAll(async () => {
  await wg.init();
});

describe('attention from PyTorch computes what it did there, and goes back as it came:', () => {
  it.each(Object.keys(NETS))('%s', async (name) => {
    const { inputs, output } = io[name]!;
    const model = NETS[name]!();
    await loadStateDict(model, fixture(name));
    const given = Object.entries(inputs).map(([key, { data, shape }]) => [key, wg.tensor(data.map(Number), shape)]);
    const y = model.predict(Object.fromEntries(given)) as wg.Tensor;
    expect(y.shape).toEqual(output.shape);
    for (const [i, value] of y.data().entries()) {
      const expected = output.data[i]!;
      expect(Math.abs(value - expected), `${i}: ${value}`).toBeLessThan(1e-5 * Math.abs(expected) + 1e-6);
    }
    const theirs = await contents(fixture(name));
    const ours = await contents(pyTorchFiles(model)['weights.pt']!);
    expect([...ours.values()]).toEqual([...theirs.values()]);
    for (const [here, there] of [[...ours.keys()].map((each, i) => [each, [...theirs.keys()][i]!] as const)].flat())
      expect(here.replace(/^[^.]+\./, '')).toBe(
        there.replace(/^(0|layer|attention|(encoder\.)?layers\.\d|norm)\./, ''),
      );
    const again = NETS[name]!();
    await loadStateDict(again, pyTorchFiles(model)['weights.pt']!);
    expect(weights(again)).toEqual(weights(model));
  });

  it.each(Object.keys(MODULES))('%s by names', async (name) => {
    const [byOrder, byName] = [NETS[name]!(), NETS[name]!()];
    const used = await loadStateDict(byOrder, fixture(name));
    expect(await loadStateDict(byName, fixture(name), { rename: MODULES[name]! })).toEqual(used);
    expect(weights(byName)).toEqual(weights(byOrder));
  });

  it('each part of a packed tensor may be one of its own', async () => {
    const { 'attention.in_proj_weight': packed, ...rest } = Object.fromEntries(await contents(fixture('attention')));
    const parts = ['query', 'key', 'value'].map((part, i) => {
      return [`attention.${part}Kernel`, { data: packed!.data.slice(16 * i, 16 * i + 16), shape: [4, 4] }] as const;
    });
    const file = torchFile(new Map([...Object.entries(rest), ...parts]));
    const [apart, whole] = [NETS.attention!(), NETS.attention!()];
    const used = await loadStateDict(apart, file, { rename: MODULES.attention! });
    expect(used['multiHeadAttention.keyKernel']).toBe('attention.keyKernel');
    expect(used['multiHeadAttention.keyBias']).toBe('attention.in_proj_bias');
    await loadStateDict(whole, fixture('attention'));
    expect(weights(apart)).toEqual(weights(whole));
  });
});

describe('loadStateDict refuses attention', () => {
  const failing = async (model: wg.Model, bytes: Uint8Array, rename: Record<string, string>) => {
    const before = weights(model);
    const error = await loadStateDict(model, bytes, { rename }).catch((e: unknown) => e as Error);
    expect(error).toBeInstanceOf(wg.WasmgradError);
    expect(weights(model)).toEqual(before);
    return (error as Error).message;
  };

  it('of other widths, and names tensors and shapes', async () => {
    const layer = wg.multiHeadAttention(2, 3);
    const wider = net({ query: [5, 6] }, ({ query }) => layer(query!));
    expect(await failing(wider, fixture('attention'), MODULES.attention!)).toBe(
      `loadStateDict: the file does not fit the model: 
  attention.in_proj_weight (multiHeadAttention.in_proj_weight) is [12, 4], multiHeadAttention.queryKernel, multiHeadAttention.keyKernel, multiHeadAttention.valueKernel take [18, 6]
  attention.in_proj_bias (multiHeadAttention.in_proj_bias) is [12], multiHeadAttention.queryBias, multiHeadAttention.keyBias, multiHeadAttention.valueBias take [18]
  attention.out_proj.weight (multiHeadAttention.out_proj.weight) is [4, 4], multiHeadAttention.outputKernel takes [6, 6]
  attention.out_proj.bias (multiHeadAttention.out_proj.bias) is [4], multiHeadAttention.outputBias takes [6]`,
    );
  });

  it('whose parts are missing, there twice or left over', async () => {
    const all = Object.fromEntries(await contents(fixture('attention')));
    const { 'attention.in_proj_weight': packed, ...rest } = all;
    const part = { data: packed!.data.slice(0, 16), shape: [4, 4] };
    const alone = torchFile(new Map(Object.entries({ ...rest, 'attention.queryKernel': part })));
    expect(await failing(NETS.attention!(), alone, MODULES.attention!)).toBe(
      `loadStateDict: the file does not fit the model: 
  multiHeadAttention.in_proj_weight [4, 4] is missing, for multiHeadAttention.keyKernel
  multiHeadAttention.in_proj_weight [4, 4] is missing, for multiHeadAttention.valueKernel`,
    );
    const twice = torchFile(new Map(Object.entries({ ...all, 'attention.queryKernel': part })));
    expect(await failing(NETS.attention!(), twice, MODULES.attention!)).toContain(
      'attention.queryKernel (multiHeadAttention.queryKernel) and attention.in_proj_weight are both multiHeadAttention.queryKernel',
    );
    const more = torchFile(new Map(Object.entries({ ...all, 'attention.bias_k': { ...part, shape: [1, 1, 16] } })));
    expect(await failing(NETS.attention!(), more, MODULES.attention!)).toContain(
      'attention.bias_k (multiHeadAttention.bias_k) [1, 1, 16] is left over',
    );
    expect(await failing(NETS.attentionNoBias!(), fixture('attention'), MODULES.attention!)).toContain(
      'attention.in_proj_bias (multiHeadAttention.in_proj_bias) [12] is left over',
    );
  });
});

describe('exported attention', () => {
  const textOf = (model: wg.Model): string => new TextDecoder().decode(pyTorchFiles(model)['model.py']);

  it('is what a PyTorch user would have written', () => {
    const text = textOf(
      wg.sequential(
        [5, 8],
        [
          wg.multiHeadAttention(2, 4, { dropout: 0.2 }),
          wg.transformerEncoder({
            numHeads: 4,
            intermediateDim: 16,
            normFirst: true,
            activation: 'gelu',
            dropout: 0.1,
          }),
          wg.transformerDecoder({ numHeads: 2, intermediateDim: 2048 }),
        ],
      ),
    );
    expect(text.slice(text.indexOf('        self.multi'))).toBe(
      `        self.multiHeadAttention = nn.MultiheadAttention(8, 2, dropout=0.2, batch_first=True)
        self.transformerEncoder = nn.TransformerEncoderLayer(8, 4, dim_feedforward=16, activation="gelu", batch_first=True, norm_first=True)
        self.transformerDecoder = nn.TransformerEncoderLayer(8, 2, dropout=0, batch_first=True)

    def forward(self, x):
        x = self.multiHeadAttention(x, x, x, need_weights=False)[0]
        x = self.transformerEncoder(x)
        x = self.transformerDecoder(x, src_mask=later(x, x))
        return x
`,
    );
  });

  it('is written by its ops where PyTorch has no such module', () => {
    const options = { numHeads: 2, intermediateDim: 8 };
    for (const layer of [
      wg.multiHeadAttention(2, 3),
      wg.multiHeadAttention(2, 4, { rotary: true }),
      wg.multiHeadAttention(2, 4, { numKeyValueHeads: 1 }),
      wg.multiHeadAttention(2, 4, { valueDim: 3 }),
      wg.multiHeadAttention(2, 4, { outputDim: 6 }),
    ])
      expect(textOf(wg.sequential([5, 8], [layer]))).toContain('self.multiHeadAttention.queryKernel = nn.Parameter');
    for (const more of [{ norm: 'rmsNorm' }, { activation: 'swiglu' }, { useBias: false }, { rotary: true }] as const) {
      const text = textOf(wg.sequential([5, 8], [wg.transformerEncoder({ ...options, ...more })]));
      expect(text).not.toContain('nn.TransformerEncoderLayer');
      expect(text).toContain('self.transformerEncoder.hidden = nn.Linear(8, 8');
    }
  });

  it('trains on with decays, penalties and a state of all its parts, which come back', async () => {
    const make = (decays?: (name: string) => boolean) => {
      const layers = [
        wg.multiHeadAttention(2, 2, { kernelRegularizer: wg.l2(0.1) }),
        wg.globalAvgPool1d(),
        wg.dense(2),
      ];
      return wg.sequential([3, 4], layers).compile({ optimizer: wg.adamW(0.01, { decays }), loss: 'mse' });
    };
    const model = make();
    const [x, y] = [wg.randomNormal([6, 3, 4]), wg.randomNormal([6, 2])];
    for (let i = 0; i < 3; i++) model.trainOnBatch(x, y);
    const files = pyTorchFiles(model);
    const script = new TextDecoder().decode(files['train_ddp.py']);
    for (const rows of ['0:4', '4:8', '8:12'])
      expect(script).toContain(`loss + 0.1 * model.multiHeadAttention.in_proj_weight[${rows}].square().sum()`);
    expect(script).toContain('(decaying if p.ndim > 1 else others)');
    const back = make();
    await loadStateDict(back, files['weights.pt']!);
    await loadOptimizerState(back, files['optimizer.pt']!);
    for (let i = 0; i < 3; i++) expect(back.trainOnBatch(x, y)).toBe(model.trainOnBatch(x, y));
    expect(weights(back)).toEqual(weights(model));
    expect(() => pyTorchFiles(make((name) => name.includes('query')))).toThrow(
      'multiHeadAttention.queryKernel, multiHeadAttention.keyKernel, multiHeadAttention.valueKernel are multiHeadAttention.in_proj_weight in PyTorch: all must decay, or none',
    );
    const some = pyTorchFiles(make((name) => name.includes('multiHead')))['train_ddp.py'];
    expect(new TextDecoder().decode(some)).toContain('decays = {"multiHeadAttention.in_proj_weight", ');
  });
});
