// What the losses of wasmgrad are in PyTorch: a row a loss. Not here: the script that computes them (trainfile.ts).

import { check } from '../errors.js';
import type { Loss } from '../losses/losses.js';
import { callOf } from '../made.js';
import { py, pyArguments } from './python.js';

type Options = Readonly<Record<string, unknown>>;

/** The expression of a loss, of texts for output and target; the rank of the output counts the batch. */
type LossText = (output: string, target: string, options: Options, rank: number) => string;

const plain =
  (name: string, options: Readonly<Record<string, string>> = {}): LossText =>
  (output, target, given) => {
    const named = Object.entries(given).filter(([, value]) => value !== undefined);
    return `F.${name}(${pyArguments([output, target], Object.fromEntries(named.map(([key, value]) => [options[key]!, py(value)])))})`;
  };

/** Of classes along the last axis, which is axis 1 there: of images it is that already. */
const ofClasses =
  (text: LossText): LossText =>
  (output, target, options, rank) =>
    text(rank === 3 ? `${output}.movedim(-1, 1)` : output, target, options, rank);

/** The losses by name, and which options they may have, by their names there. */
const LOSSES: Readonly<Record<string, readonly [LossText, Readonly<Record<string, string>>?]>> = {
  meanSquaredError: [plain('mse_loss')],
  mse: [plain('mse_loss')],
  meanAbsoluteError: [plain('l1_loss')],
  mae: [plain('l1_loss')],
  huber: [plain('huber_loss', { delta: 'delta' }), { delta: 'delta' }],
  smoothL1: [plain('smooth_l1_loss', { beta: 'beta' }), { beta: 'beta' }],
  binaryCrossEntropy: [plain('binary_cross_entropy')],
  binaryCrossEntropyWithLogits: [plain('binary_cross_entropy_with_logits')],
  softmaxCrossEntropy: [
    ofClasses(plain('cross_entropy', { labelSmoothing: 'label_smoothing', ignoreIndex: 'ignore_index' })),
    { labelSmoothing: 'label_smoothing', ignoreIndex: 'ignore_index' },
  ],
  // The logarithm of probabilities is a distribution of logits whose softmax they are.
  categoricalCrossEntropy: [
    ofClasses((output, target) => `F.cross_entropy(torch.log(${output}.clamp_min(1e-7)), ${target})`),
  ],
  nllLoss: [ofClasses(plain('nll_loss', { ignoreIndex: 'ignore_index' })), { ignoreIndex: 'ignore_index' }],
  poissonNll: [plain('poisson_nll_loss')],
};

/** The expression of a loss of `compile`; throws if PyTorch has none for it. */
export function lossText(where: string, loss: Loss, output: string, target: string, rank: number): string {
  const { name, args = [] } = callOf(loss) ?? { name: loss.name, args: [{}] };
  const known = !loss.own && Object.hasOwn(LOSSES, name) ? LOSSES[name] : undefined;
  check(known !== undefined, () => {
    return `${where}: the loss ${name} can't go on in PyTorch; those that can are ${Object.keys(LOSSES).join(', ')}`;
  });
  const [text, allowed = {}] = known;
  const options = (args[0] ?? {}) as Options;
  const other = Object.keys(options).find((key) => options[key] !== undefined && !Object.hasOwn(allowed, key));
  check(other === undefined, () => `${where}: the option ${other} of the loss ${name} can't go on in PyTorch`);
  return text(output, target, options, rank);
}
