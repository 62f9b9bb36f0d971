// What a diagnosis is made from: losses alone, or also what was seen in the model and its data. Plain numbers: those
// who look for causes know nothing of models. Not here: how it is collected (collect.ts).

/** Numbers of one kind of layer outputs and gradients, for a batch. */
export interface LayerSeen {
  readonly name: string;
  /** What its units compute of z, told by the values. */
  readonly activation: 'relu' | 'tanh' | 'sigmoid' | undefined;
  /** Whether another layer with parameters comes after it. */
  readonly hidden: boolean;
  readonly units: number;
  /** Units whose output is 0 for all samples. */
  readonly dead: number;
  /** The fraction of outputs on the flat ends of tanh or sigmoid. */
  readonly saturated: number;
  /** The root mean square of dL/dW; NaN without a kernel. */
  readonly gradient: number;
  /** The root mean square of the kernel; NaN without one. */
  readonly weight: number;
}

/** A model at one moment, on a sample of the data. */
export interface Snapshot {
  readonly loss: number;
  readonly layers: readonly LayerSeen[];
  /**
   * How much better than always the same answer: of classes (accuracy - share of the largest) / (1 - that), of values
   * R².
   */
  readonly skill: number;
  /** Of each class, the fraction of its samples that were told right. */
  readonly recalls: readonly number[];
}

/** One column of the samples, or one channel of images, as the first layer with parameters gets it. */
export interface ColumnSeen {
  readonly name: string;
  readonly mean: number;
  readonly std: number;
}

/** The samples. */
export interface InputsSeen {
  readonly columns: readonly ColumnSeen[];
  readonly samples: number;
}

/** Where data holds a NaN or an infinity. */
export interface BadValue {
  readonly name: string;
  readonly sample: number;
  readonly value: number;
}

/** Outputs that are no probabilities, where the loss takes these. */
export interface NoProbability {
  readonly loss: string;
  /** With what the model should end, or what loss it should have. */
  readonly activation: string;
  readonly instead: string;
  readonly sample: number;
  /** An output of it that is not in 0 … 1, or what its outputs add up to. */
  readonly value: number;
  readonly isSum: boolean;
}

/** The labels, and what samples like them say about them. */
export interface LabelsSeen {
  /** Of classes how many samples each has; of values nothing. */
  readonly counts: readonly number[] | undefined;
  /** The loss of always the same, best answer; undefined for losses that are not known. */
  readonly constantLoss: number | undefined;
  /** The skill of the nearest neighbours: how well other samples that are alike tell the label. */
  readonly neighbours: number;
  /** How many standard deviations labels of neighbours agree more than by chance. */
  readonly agreement: number;
}

/** What happened when a few steps were made with other learning rates, from the end of the training. */
export interface Trials {
  readonly steps: number;
  readonly samples: number;
  /** The loss before. */
  readonly before: number;
  /** By what the rate was multiplied, and the loss after the steps: NaN if it was no number. */
  readonly after: readonly { readonly scale: number; readonly loss: number }[];
}

/** All that is known of a training. */
export interface Evidence {
  /** The loss of each epoch, or at each point of a minimisation: at least one. */
  readonly losses: readonly number[];
  /** What a loss is of. */
  readonly unit: 'epoch' | 'step';
  /** The losses on the validation data, where there are any. */
  readonly valLosses?: readonly number[] | undefined;
  /** Where a loss or weight became NaN or infinite. */
  readonly failed?: { readonly epoch: number; readonly step: number } | undefined;
  readonly learningRate?: number | undefined;
  readonly parameters?: number | undefined;
  /** The model before the training. */
  readonly start?: Snapshot | undefined;
  /** The model as it is now. */
  readonly end?: Snapshot | undefined;
  readonly inputs?: InputsSeen | undefined;
  readonly labels?: LabelsSeen | undefined;
  readonly bad?: BadValue | undefined;
  readonly noProbability?: NoProbability | undefined;
  readonly trials?: Trials | undefined;
}
