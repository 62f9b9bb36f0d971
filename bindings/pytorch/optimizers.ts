// What the optimizers of wasmgrad are in PyTorch: a row an optimizer. Not here: their state (optimizerstate.ts).

import { check } from '../errors.js';
import { callOf } from '../made.js';
import type { DecayRule } from '../optimizers/decay.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { py, pyArguments, unless } from './python.js';
import type { Weight } from './weights.js';

type Options = Readonly<Record<string, unknown>>;

/** An optimizer of PyTorch. */
interface OptimizerRule {
  readonly name: string;
  /** Its arguments but for parameters and learning rate, which are left out where they are defaults. */
  named(options: Options): Readonly<Record<string, string | undefined>>;
  /** What it calls its state for a parameter, by our names. */
  readonly slots: Readonly<Record<string, string>>;
  /** Whether it counts its steps for each parameter. */
  readonly counts: boolean;
  /** Its weight decay by default, if some parameters have none. */
  readonly decays?: number | undefined;
}

const decay = ({ weightDecay = 0 }: Options): { weight_decay: string | undefined } => ({
  weight_decay: unless(0, weightDecay),
});

const adamArguments = ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: Options) => ({
  betas: unless([0.9, 0.999], [beta1, beta2]),
  eps: unless(1e-8, epsilon),
});

const ADAM = { m: 'exp_avg', v: 'exp_avg_sq', largest: 'max_exp_avg_sq' };

const RULES: Readonly<Record<string, OptimizerRule>> = {
  sgd: {
    name: 'SGD',
    named: ({ momentum = 0, dampening = 0, nesterov = false, ...options }) => ({
      momentum: unless(0, momentum),
      dampening: unless(0, dampening),
      nesterov: unless(false, nesterov),
      ...decay(options),
    }),
    slots: { velocity: 'momentum_buffer' },
    counts: false,
  },
  adam: { name: 'Adam', named: (given) => ({ ...adamArguments(given), ...decay(given) }), slots: ADAM, counts: true },
  amsgrad: {
    name: 'Adam',
    named: (given) => ({ ...adamArguments(given), ...decay(given), amsgrad: 'True' }),
    slots: ADAM,
    counts: true,
  },
  adamW: {
    name: 'AdamW',
    named: (given) => ({ ...adamArguments(given), amsgrad: unless(false, given.amsgrad ?? false) }),
    slots: ADAM,
    counts: true,
    decays: 0.01,
  },
  rmsprop: {
    name: 'RMSprop',
    named: ({ rho = 0.99, epsilon = 1e-8, momentum = 0, centered = false, ...given }) => ({
      alpha: unless(0.99, rho),
      eps: unless(1e-8, epsilon),
      momentum: unless(0, momentum),
      centered: unless(false, centered),
      ...decay(given),
    }),
    slots: { meanSquare: 'square_avg', mean: 'grad_avg', velocity: 'momentum_buffer' },
    counts: true,
  },
  adagrad: {
    name: 'Adagrad',
    named: ({ epsilon = 1e-10, initialAccumulator = 0, learningRateDecay = 0, ...given }) => ({
      lr_decay: unless(0, learningRateDecay),
      initial_accumulator_value: unless(0, initialAccumulator),
      eps: unless(1e-10, epsilon),
      ...decay(given),
    }),
    slots: { sumSquare: 'sum' },
    counts: true,
  },
};

/** How gradients are clipped before the optimizer gets them. */
const CLIPS: Readonly<Record<string, string>> = {
  clipByGlobalNorm: 'clip_grad_norm_',
  clipByValue: 'clip_grad_value_',
};

/** An optimizer as PyTorch has it. */
export interface TorchOptimizer extends OptimizerRule {
  readonly options: Options;
  /** The learning rate that it was made with. */
  readonly rate: number;
  /** What is done to the gradients of `model` before its step. */
  readonly clip: string | undefined;
  /** Which parameters decay, if not all do. */
  readonly rule: DecayRule | undefined;
}

/** The optimizer of PyTorch that does what this one does; throws if there is none. */
export function torchOptimizer(where: string, optimizer: Optimizer): TorchOptimizer {
  const { name, args = [] } = callOf(optimizer) ?? { name: optimizer.name, args: [] };
  if (Object.hasOwn(CLIPS, name)) {
    const [bound, inner] = args as [number, Optimizer];
    const clip = `torch.nn.utils.${CLIPS[name]}(model.parameters(), ${py(bound)})`;
    const clipped = torchOptimizer(where, inner);
    check(clipped.clip === undefined, () => `${where}: gradients are clipped twice`);
    return { ...clipped, clip };
  }
  const known = args.length > 0 && Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  check(known !== undefined, () => {
    return `${where}: the optimizer ${name} can't go on in PyTorch; those that can are ${Object.keys(RULES).join(', ')}, and in clipByGlobalNorm and clipByValue`;
  });
  const [rate, options = {}] = args as [unknown, Options?];
  check(
    typeof rate === 'number',
    () => `${where}: a learning rate that is a schedule can't go on in PyTorch: give a number`,
  );
  const rule = known.decays === undefined ? undefined : ((options.decays as DecayRule | undefined) ?? kernels);
  return { ...known, options, rate, clip: undefined, rule };
}

const kernels: DecayRule = (_, shape) => shape.length > 1;

/** Whether a parameter decays; throws if it is several here, of which some do. */
function decaysOf(where: string, rule: DecayRule, { name, variables }: Weight): boolean {
  const [first, ...others] = variables.map((each) => rule(each.name, each.tensor.shape));
  check(
    others.every((other) => other === first),
    () => `${where}: ${variables.map((each) => each.name).join(', ')} are ${name} in PyTorch: all must decay, or none`,
  );
  return first!;
}

/** The body of a function that makes the optimizer for the parameters of `model`. */
export function optimizerLines(
  where: string,
  given: TorchOptimizer,
  rate: number,
  parameters: readonly Weight[],
): string[] {
  const { name, options, rule, decays } = given;
  const made = (what: string): string =>
    `return torch.optim.${name}(${pyArguments([what], { lr: py(rate), ...given.named(options) })})`;
  if (!rule) return [made('model.parameters()')];
  const weightDecay = options.weightDecay ?? decays;
  const some = parameters.filter((parameter) => decaysOf(where, rule, parameter));
  const byShape = parameters.every((p) => some.includes(p) === p.there.length > 1);
  const names = `{${some.map(({ name }) => py(name)).join(', ')}}`;
  return [
    ...(byShape ? [] : [`decays = ${some.length > 0 ? names : 'set()'}`]),
    'decaying, others = [], []',
    'for name, p in model.named_parameters():',
    `    (decaying if ${byShape ? 'p.ndim > 1' : 'name in decays'} else others).append(p)`,
    `groups = [{"params": decaying, "weight_decay": ${py(weightDecay)}}, {"params": others, "weight_decay": 0.0}]`,
    made('[group for group in groups if group["params"]]'),
  ];
}
