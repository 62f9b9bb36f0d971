// Labels as class indices, and back. What the encoder has learnt from the training data is kept with a model as JSON.

import { check, checkIs, show } from '../errors.js';
import type { Shaped } from '../nested.js';
import { constantOf, Tensor } from '../tensor.js';
import { typedName } from '../typed.js';
import { type Category, categoriesOf, checkCategories, indexOf, indicesOf } from './categories.js';
import { isShaped, type Rows, viewOf } from './rows.js';

/**
 * Class indices in the form of the labels: of a tensor an int32 tensor, of a typed array an Int32Array, else an array.
 */
export type LabelIndices<T> = T extends Tensor ? Tensor : T extends ArrayBufferView | Shaped ? Int32Array : number[];

/** What `labelEncoder` learns. */
export interface LabelEncoderJson {
  readonly kind: 'labelEncoder';
  readonly classes: readonly Category[];
}

/** Names of classes as class indices, and back. */
export interface LabelEncoder {
  /** The classes that it knows, sorted; class index i is number i of them. */
  readonly classes: readonly Category[];
  /** Learns which classes there are. Returns the encoder. */
  fit(labels: Rows): this;
  /** Class indices 0, 1, 2 … in place of labels. */
  transform<T extends Rows>(labels: T): LabelIndices<T>;
  /** Labels in place of class indices. */
  inverseTransform<T extends Category = Category>(indices: Rows): T[];
  /** Learns from the labels, and encodes them. */
  fitTransform<T extends Rows>(labels: T): LabelIndices<T>;
  /** What it has learnt, for JSON.stringify. */
  toJSON(): LabelEncoderJson;
  /** Takes what toJSON returned in place of learning. Returns the encoder. */
  fromJSON(kept: unknown): this;
}

/**
 * Makes an encoder of labels: what they are, strings, numbers or booleans, becomes class indices 0, 1, 2 …, in sorted
 * order, as a model takes them.
 */
/*@__NO_SIDE_EFFECTS__*/
export function labelEncoder(): LabelEncoder {
  const name = 'labelEncoder';
  let classes: readonly Category[] | undefined;
  const learnt = (): readonly Category[] => {
    check(classes !== undefined, () => `${name}: call fit first`);
    return classes;
  };
  return {
    get classes() {
      return learnt();
    },
    fit(labels) {
      const values = valuesOf(`${name}: the labels`, labels);
      check(values.length > 0, () => `${name}: there are no labels`);
      classes = categoriesOf(name, values);
      return this;
    },
    transform<T extends Rows>(labels: T) {
      const indices = indicesOf(learnt());
      const values = valuesOf(`${name}: the labels`, labels).map((value) => indexOf(name, indices, value));
      const isFlat = labels instanceof Tensor || isShaped(labels) || typedName(labels) !== undefined;
      const made = isFlat ? Int32Array.from(values) : values;
      return (
        labels instanceof Tensor ? constantOf(made as Int32Array, labels.shape, 'int32') : made
      ) as LabelIndices<T>;
    },
    inverseTransform<T extends Category>(indices: Rows) {
      const known = learnt();
      return valuesOf(`${name}: the indices`, indices).map((index) => {
        const label = known[index as number];
        check(
          label !== undefined,
          () => `${name}: ${show(index)} is no class index, there are ${known.length} classes`,
        );
        return label as T;
      });
    },
    fitTransform(labels) {
      return this.fit(labels).transform(labels);
    },
    toJSON: () => ({ kind: name, classes: learnt() }),
    fromJSON(kept) {
      const read = kept as LabelEncoderJson;
      checkIs(read?.kind === name, `${name}: what was kept`, `what its toJSON returned, of kind '${name}'`, kept);
      checkCategories(`${name}: classes`, read.classes);
      classes = read.classes;
      return this;
    },
  };
}

/** Values in a row, of data with one axis, or whose others have one element. */
function valuesOf(where: string, data: unknown): unknown[] {
  const { count } = viewOf(where, data);
  const values = data instanceof Tensor ? data.values() : isShaped(data) ? data.data : (data as ArrayLike<unknown>);
  check(
    values.length === count,
    () => `${where}: expected one value for each sample, got ${values.length} for ${count}`,
  );
  return Array.from(values);
}
