// Markdown whose LaTeX compiles, and explanations in Chinese: every phrase, with the same numbers as in English.

import katex from 'katex';
import { beforeAll, describe, expect, it } from 'vitest';
import { tables } from '../../bindings/explain/words.js';
import { type Explanation, explain, type Language } from '../../bindings/explain.js';
import * as wg from '../../bindings/index.js';
import * as ops from '../../bindings/ops.js';
import { THOROUGH } from '../thorough.js';

type T = wg.Tensor;

const slotsOf = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

/** Explanations that say every phrase there is. */
function all(language: Language): Explanation<unknown>[] {
  return (made[language] ??= allOf(language));
}

const made: Partial<Record<Language, Explanation<unknown>[]>> = {};

function allOf(language: Language): Explanation<unknown>[] {
  const options = { language } as const;
  const net = (layers: wg.Layer[], loss: wg.LossLike, optimizer = wg.sgd(0.1)): wg.Sequential =>
    wg.sequential([2], layers).compile({ optimizer, loss });
  const [x, y] = [[[1, 2]], [[0, 1]]];
  const own = wg.dense(2, { activation: (z: T) => z.exp().softmax(), kernelRegularizer: wg.l2(0.1) });
  const unseen = wg.model([2], (input) => {
    wg.dense(3)(input);
    const pair = wg.layer({ kind: 'pair', call: (t: T) => ({ left: t, right: t }) })(input);
    return wg.dense(2)(wg.batchNorm()(wg.dropout(0.5)(wg.dense(2)(pair.left))));
  });
  unseen.compile({ optimizer: wg.adam(0.1), loss: 'mse' });
  wg.setSeed(1);
  return [
    explain(({ w, b }: { w: T; b: T }) => w.mul(2).add(b.mul(3)).mul(b.mul(2).add(1)), options)({ w: 3, b: 4 }),
    explain((x: T, _unused: T) => ops.cumSum(x.add(x.stopGradient())).div(-3).sum(), options)(wg.ones([2, 3]), 1),
    explain((x: T) => Array.from({ length: 64 }).reduce<T>((t) => t.tanh(), x), options)(1),
    explain((alpha: T, loss_2: T) => ops.pow(alpha, loss_2).maximum(1e-12).log().sqrt(), options)(2e10, 3),
    explain(
      (x: T) =>
        x
          .matMul(wg.ones([2, 80]))
          .leakyRelu(0.1)
          .softmax()
          .square()
          .mean(),
      options,
    )(wg.ones([1, 2])),
    explain(net([wg.dense(3, { activation: 'relu' }), own], 'mse'), x, y, options),
    explain(net([wg.dense(2, { activation: 'softmax' })], 'categoricalCrossEntropy'), [...x, ...x], [0, 1], options),
    explain(net([wg.dense(2)], 'mse', wg.sgd(5)), x, y, options),
    explain(net([wg.dense(2)], 'mse', wg.sgd(0)), x, y, options),
    explain(unseen, [...x, ...x], [...y, ...y], options),
  ];
}

describe.each(['en', 'zh'] as const)('in %s', (language) => {
  beforeAll(() => wg.init({ backend: 'js' }));

  // Of the other language the formulas are the same, but for the words in them.
  it.runIf(language === 'en' || THOROUGH)('every formula of the Markdown compiles', () => {
    const formulas = all(language).flatMap(({ markdown }) => {
      expect(markdown.replaceAll(/\$\$[^$]*\$\$|\$[^$]*\$/g, '')).not.toMatch(/[$\\]|undefined|NaN/);
      return [...markdown.matchAll(/\$\$([^$]*)\$\$|\$([^$]*)\$/g)].map(([, block, inline]) => block ?? inline!);
    });
    expect(formulas.length).toBeGreaterThan(200);
    for (const formula of new Set(formulas)) {
      expect(katex.renderToString(formula, { strict: unicodeInText }), formula).toContain('class="katex"');
    }
    expect(() => katex.renderToString('\\frac{1}{', { strict: unicodeInText })).toThrow('KaTeX parse error');
  });

  it('every phrase is said', () => {
    const texts = all(language)
      .map(({ text }) => text)
      .join('\n');
    for (const [name, phrase] of Object.entries(tables[language])) {
      const parts = phrase.split(/\{\w+\}/).filter((part) => /\p{L}{2}/u.test(part));
      for (const part of parts) expect(texts, name).toContain(part);
    }
  });
});

/** Text in Chinese is no error; anything else that KaTeX warns of is. */
const unicodeInText = (code: string): 'ignore' | 'error' => (code === 'unknownSymbol' ? 'ignore' : 'error');

it('both languages have the same phrases, filled with the same, and the same numbers', async () => {
  await wg.init({ backend: 'js' });
  const [en, zh] = [tables.en, tables.zh] as Record<string, string>[];
  expect(Object.keys(zh!)).toEqual(Object.keys(en!));
  for (const [name, text] of Object.entries(en!)) {
    expect(slotsOf(zh![name]!), name).toEqual(slotsOf(text));
    expect(zh![name], name).toMatch(/\p{Script=Han}|^\{shape\}/u);
  }
  const chinese = all('zh');
  for (const [i, { data }] of all('en').slice(0, 5).entries()) expect(chinese[i]!.data).toEqual(data);
});
