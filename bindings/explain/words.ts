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
  modelTitle: 'A training step. Samples: {samples}, loss: {loss}, optimizer: {optimizer}, {rate}',
  rowsNotColumns:
    'A sample is a row here: z = x·W + b and dW = xᵀ·δ. Books that write samples as columns have z = W·x + b and dW = δ·xᵀ for the same; their W is the transpose of this one.',
  forwardPass: 'Forward pass: from the first layer to the last',
  layer: 'Layer {number}, {what}',
  itsParameters: 'its parameters: {list}',
  noParameters: 'it has no parameters',
  severalOutputs: 'it returns several tensors; they are not shown',
  lossHeading: 'Loss',
  penalties: 'Added to it is what regularizers and layers add for their parameters.',
  classLabels: '{y} holds the numbers of the classes; in the formula it is 1 for that class, and 0 for the others.',
  backwardPass: 'Backward pass: δ = ∂L/∂z, from the last layer to the first',
  notInLoss: 'the loss does not depend on it',
  together: 'the loss takes z, before {activation}: both are differentiated as one, which gives {delta} at once',
  ownActivation:
    'its activation is no function of single elements that has a name: what comes back through it is computed by its own rule',
  inputIsSlope: '{slope} is what the layer reads, {x}:',
  overSamples: '∂z/∂b is 1, so db is the sum of δ over the samples:',
  gradientNorms: 'norms of the gradients of its parameters: {list}',
  updateHeading: 'Update: against the gradient',
  byOptimizer: 'What {optimizer} makes of the gradients:',
  trainingDiffers:
    'A training step computes the loss {loss}, since some layers do otherwise in training than in a prediction; the update follows from that.',
  lossFell: 'The loss after the step: {after}. It was {before}, so it fell.',
  lossRose: 'The loss after the step: {after}. It was {before}, so it rose: the step was too large for this batch.',
  lossSame: 'The loss after the step: {after}. It was {before}: nothing changed.',
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
  modelTitle: '一步训练。样本数：{samples}，损失函数：{loss}，优化器：{optimizer}，{rate}',
  rowsNotColumns:
    '这里一个样本是一行：z = x·W + b，dW = xᵀ·δ。把样本写成列的教材里，同样的式子是 z = W·x + b，dW = δ·xᵀ，那里的 W 是这里 W 的转置。',
  forwardPass: '前向传播：从第一层到最后一层',
  layer: '第 {number} 层，{what}',
  itsParameters: '该层的参数：{list}',
  noParameters: '该层没有参数',
  severalOutputs: '该层返回多个张量，此处不列出',
  lossHeading: '损失',
  penalties: '损失中还包括正则项以及各层自己加上的惩罚项。',
  classLabels: '{y} 中是类别的编号；在公式里，该类别处取 1，其余类别处取 0。',
  backwardPass: '反向传播：δ = ∂L/∂z，从最后一层到第一层',
  notInLoss: '损失与该层无关',
  together: '损失直接由 {activation} 之前的 z 计算，二者合在一起求导，一步得到 {delta}',
  ownActivation: '该激活函数不是有名称的逐元素函数，经过它的梯度按它自己的规则计算',
  inputIsSlope: '{slope} 就是该层的输入 {x}：',
  overSamples: '∂z/∂b 等于 1，所以 db 是 δ 对各样本求和：',
  gradientNorms: '各参数梯度的范数：{list}',
  updateHeading: '更新参数：沿梯度的反方向',
  byOptimizer: '{optimizer} 根据梯度算出的新参数：',
  trainingDiffers: '训练时的损失是 {loss}，因为有些层在训练和预测时的计算不同；参数按训练时的损失更新。',
  lossFell: '更新之后的损失：{after}。更新之前是 {before}，损失下降了。',
  lossRose: '更新之后的损失：{after}。更新之前是 {before}，损失反而上升：对这批样本来说步子太大。',
  lossSame: '更新之后的损失：{after}。更新之前是 {before}，没有变化。',
};

/** The languages that explanations are in. */
export type Language = 'en' | 'zh';

const TABLES: Readonly<Record<Language, Table>> = { en, zh };

/** What a phrase is said with: nothing, or what is filled in by name. */
export type Filled<K extends Phrase> = [Slots<(typeof en)[K]>] extends [never]
  ? []
  : [Readonly<Record<Slots<(typeof en)[K]>, string | Formula>>];

/** Says a sentence: gives its parts, with what is filled in between the words. */
export type Say = <K extends Phrase>(phrase: K, ...filled: Filled<K>) => Sentence;

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
