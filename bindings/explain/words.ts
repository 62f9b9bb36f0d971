// All words of explanations, in a table a language. In braces stands what is filled in. Not here: which are said when.

import type { Sentence } from './document.js';
import type { Formula } from './notation.js';

const en = {
  atPoint: '{result}, at {inputs}',
  forward: 'Forward: from the inputs to the result',
  backward: 'Backward: local derivatives, from the result to the inputs',
  noSlope: 'the derivative of {op} is no formula of one line; what comes back through it is computed by its rule',
  noGradient: 'no gradient goes through {op}',
  chain: 'Chain rule: along each path the derivatives are multiplied, and the paths are added up',
  unused: 'the result does not depend on {input}',
  summary: '{shape}: {low} … {high}, mean {mean}, norm {norm}',
  more: '… {count} more steps',
} as const;

/** The sentences that there are. */
export type Phrase = keyof typeof en;

/** What is filled into a sentence. */
export type Slots<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Slots<Rest> : never;

type Table = { readonly [K in Phrase]: string };

const zh: Table = {
  atPoint: '{result}，取 {inputs}',
  forward: '前向计算：从输入到结果',
  backward: '反向计算：从结果往回，逐步求局部导数',
  noSlope: '{op} 的导数不是一行公式；经过它的梯度按该运算自己的规则计算',
  noGradient: '梯度不经过 {op}',
  chain: '链式法则：沿每条路径把导数相乘，再把各条路径相加',
  unused: '结果与 {input} 无关',
  summary: '{shape}：{low} … {high}，均值 {mean}，范数 {norm}',
  more: '……另有 {count} 步',
};

/** The languages that explanations are in. */
export type Language = 'en' | 'zh';

const TABLES: Readonly<Record<Language, Table>> = { en, zh };

/** Says a sentence: gives its parts, with what is filled in between the words. */
export type Say = <K extends Phrase>(
  phrase: K,
  ...filled: [Slots<(typeof en)[K]>] extends [never] ? [] : [Readonly<Record<Slots<(typeof en)[K]>, string | Formula>>]
) => Sentence;

/** What says sentences in a language. */
export const sayIn =
  (language: Language): Say =>
  (phrase, ...filled) => {
    const values = (filled[0] ?? {}) as Readonly<Record<string, string | Formula>>;
    const parts = TABLES[language][phrase].split(/(\{\w+\})/);
    return parts.filter((part) => part !== '').map((part) => (part[0] === '{' ? values[part.slice(1, -1)]! : part));
  };

/** For tests: the tables. */
export const tables: Readonly<Record<Language, Table>> = TABLES;
