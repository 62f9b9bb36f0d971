// wasmgrad/data: what goes in comes out in the same kind, sizes and numbers are those of scikit-learn, and a seed gives
// the same order everywhere. Nothing here calls init, but for the last test.

import { describe, expect, it } from 'vitest';
import * as data from '../bindings/data.js';
import { setSeed } from '../bindings/seed.js';
import { type Tensor, tensor } from '../bindings/tensor.js';
import { wordsOf } from './philox.js';

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const sorted = (list: ArrayLike<number>) => Array.from(list).sort((a, b) => a - b);
const countOf = (labels: ArrayLike<unknown>, label: unknown) => Array.from(labels).filter((l) => l === label).length;

describe('kinds', () => {
  const rows = [
    [1, 2],
    [3, 4],
    [5, 6],
  ];
  it('go out as they came in', () => {
    expect(data.rowsAt(rows, [2, 0])).toEqual([
      [5, 6],
      [1, 2],
    ]);
    expect(data.rowsAt(['a', 'b', 'c'], Int32Array.of(1))).toEqual(['b']);
    const bytes = Uint8Array.of(1, 2, 3);
    expect(data.rowsAt(bytes, [1, 1])).toEqual(Uint8Array.of(2, 2));
    expect(data.rowsAt(Buffer.from(bytes), [0])).toEqual(Uint8Array.of(1));
    const shaped = { data: Uint8ClampedArray.of(1, 2, 3, 4, 5, 6), shape: [3, 2] };
    expect(data.rowsAt(shaped, [2, 1])).toEqual({ data: Uint8ClampedArray.of(5, 6, 3, 4), shape: [2, 2] });
    const floats = data.rowsAt(tensor(rows), [1]);
    expect([floats.shape, floats.dtype, floats.toArray()]).toEqual([[1, 2], 'float32', [[3, 4]]]);
    const ints = data.rowsAt(tensor([7, 8, 9], undefined, 'int32'), [2, 0]);
    expect([ints.dtype, ints.toArray()]).toEqual(['int32', [9, 7]]);
    const images = [Uint8Array.of(1), Uint8Array.of(2)];
    expect(data.rowsAt(images, [1])[0]).toBe(images[1]);
  });

  it('that are none are refused', () => {
    expect(() => data.rowsAt(5 as never, [0])).toThrow(
      'rowsAt: the data must be an array, a typed array, { data, shape } or a tensor, got 5',
    );
    expect(() => data.rowsAt({ data: Uint8Array.of(1, 2), shape: [3] }, [0])).toThrow(
      'rowsAt: the data: the data of the shape [3] must be a typed array of 3 numbers, got a Uint8Array of length 2',
    );
    expect(() => data.rowsAt(tensor(3), [0])).toThrow('rowsAt: the data is a scalar, which has no rows');
    expect(() => data.rowsAt(rows, [3])).toThrow('rowsAt: 3 is no row of 3');
    expect(() => data.rowsAt(rows, 1 as never)).toThrow('rowsAt: the indices must be an array of whole numbers, got 1');
  });
});

describe('shuffle', () => {
  it('keeps rows of all arrays together, and repeats an order by its seed', () => {
    const x = range(100).map((i) => [i, -i]);
    const y = Float32Array.from(range(100));
    const [a, b] = data.shuffle(x, y, { seed: 3 });
    expect(a.map(([first]) => first)).toEqual(Array.from(b));
    expect(sorted(b)).toEqual(range(100));
    expect(Array.from(b)).not.toEqual(range(100));
    expect(data.shuffle(y, { seed: 3 })[0]).toEqual(b);
    expect(data.shuffle(y, { seed: 4 })[0]).not.toEqual(b);
    expect(x[0]).toEqual([0, -0]);
  });

  it('is Fisher and Yates over the words of Philox, so the order is the same everywhere', () => {
    const n = 600; // more than a block of words
    const expected = range(n);
    const words = wordsOf([9, 0, -2, -1], 0, 0, n);
    for (let i = n - 1, k = 0; i > 0; i--, k++) {
      const j = Number((BigInt(words[k]! >>> 0) * BigInt(i + 1)) >> 32n);
      [expected[i], expected[j]] = [expected[j]!, expected[i]!];
    }
    expect(data.shuffle(range(n), { seed: 9 })[0]).toEqual(expected);
  });

  it('without a seed goes on after the seed that was set', () => {
    const next = () => data.shuffle(range(50))[0];
    setSeed(5);
    const [first, second] = [next(), next()];
    expect(first).not.toEqual(second);
    setSeed(5);
    expect([next(), next()]).toEqual([first, second]);
  });

  it('says what does not fit', () => {
    expect(() => data.shuffle([1, 2], [1])).toThrow('shuffle: argument 2 has 1 rows, the first one 2');
    expect(() => data.trainTestSplit(new Uint8Array(8), [0, 1])).toThrow('give { data, shape } for rows of several');
    expect(() => data.shuffle([1], { sed: 1 } as never)).toThrow(
      "unknown option of shuffle 'sed'; did you mean 'seed'?",
    );
    expect(() => data.shuffle([1], { seed: -1 })).toThrow('shuffle: seed must be a whole number of at least 0, got -1');
    expect(() => (data.shuffle as () => unknown)()).toThrow('shuffle: there is no data');
  });
});

describe('trainTestSplit', () => {
  it.each([
    [10, undefined, 3], // ⌈0.25·10⌉
    [10, 0.2, 2],
    [11, 0.2, 3],
    [150, 0.33, 50],
    [10, 4, 4],
    [3, 1, 1],
  ])('of %d samples with testSize %s holds out %d', (n, testSize, held) => {
    const [train, test] = data.trainTestSplit(range(n), { testSize, seed: 1 });
    expect(test).toHaveLength(held);
    expect(sorted([...train, ...test])).toEqual(range(n));
  });

  it('divides all arrays alike, each as its kind', () => {
    const x = tensor(range(20).map((i) => [i, 2 * i]));
    const y = Uint8Array.from(range(20));
    const [xTrain, xTest, yTrain, yTest] = data.trainTestSplit(x, y, { testSize: 0.25, seed: 7 });
    expect(xTrain.toArray<number[][]>().map(([i]) => i)).toEqual(Array.from(yTrain));
    expect(xTest.toArray<number[][]>().map(([i]) => i)).toEqual(Array.from(yTest));
    expect(yTest).toBeInstanceOf(Uint8Array);
    expect(data.trainTestSplit(y, { seed: 7, testSize: 0.25 })[1]).toEqual(yTest);
  });

  it('without shuffle holds out the last ones', () => {
    expect(data.trainTestSplit(range(5), { shuffle: false, testSize: 2 })).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it('with stratify gives both parts the same share of each class', () => {
    const y = [...range(60).map(() => 'a'), ...range(30).map(() => 'b'), ...range(10).map(() => 'c')];
    const oneHot = y.map((label) => ['a', 'b', 'c'].map((l) => +(l === label)));
    const ints = tensor(
      y.map((label) => 'abc'.indexOf(label)),
      undefined,
      'int32',
    );
    for (const stratify of [y, oneHot, ints]) {
      const [train, test] = data.trainTestSplit(y, { testSize: 0.2, stratify, seed: 2 });
      expect(['a', 'b', 'c'].map((label) => countOf(test, label))).toEqual([12, 6, 2]);
      expect(['a', 'b', 'c'].map((label) => countOf(train, label))).toEqual([48, 24, 8]);
      expect(train.slice(0, 48)).not.toEqual(range(48).map(() => 'a'));
    }
  });

  it('with stratify allots what is left by the largest remainder, as scikit-learn', () => {
    // 8 + 2 + 2 samples, 5 held out: 7 to train on are 4.67, 1.17, 1.17, so 5 1 1; held out are 3 1 1.
    const y = [...range(8).map(() => 0), 1, 1, 2, 2];
    const [train, test] = data.trainTestSplit(y, { testSize: 5, stratify: y, seed: 3 });
    expect([0, 1, 2].map((label) => countOf(train, label))).toEqual([5, 1, 1]);
    expect([0, 1, 2].map((label) => countOf(test, label))).toEqual([3, 1, 1]);
  });

  it('says what can not be divided', () => {
    const split = (n: number, options: data.SplitOptions) => () => data.trainTestSplit(range(n), options);
    expect(split(3, { testSize: 3 })).toThrow('trainTestSplit: testSize 3 of 3 samples leaves none to train on');
    expect(split(1, {})).toThrow('trainTestSplit: testSize 0.25 of 1 samples leaves none to train on');
    expect(split(3, { testSize: 1.5 })).toThrow(
      'trainTestSplit: testSize must be a fraction between 0 and 1, or a whole number of samples, got 1.5',
    );
    expect(split(4, { stratify: [0, 0, 0, 1] })).toThrow('stratify has a class with one sample; each needs at least 2');
    expect(split(4, { stratify: [0, 0, 1, 1], testSize: 1 })).toThrow('a part of 1 samples has no room for 2 classes');
    expect(split(4, { stratify: [0, 0, 1] })).toThrow('trainTestSplit: stratify has 3 rows, the data 4');
    expect(split(4, { stratify: [0, 0, 1, 1], shuffle: false })).toThrow('trainTestSplit: stratify needs shuffle');
  });
});

describe('kFold', () => {
  it('has each sample in one test part; the first ones are larger', () => {
    const folds = data.kFold(10, { folds: 4 });
    expect(folds.map(({ test }) => Array.from(test))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
      [8, 9],
    ]);
    for (const { train, test } of folds) expect(sorted([...train, ...test])).toEqual(range(10));
    expect(data.kFold(10)).toHaveLength(5);
  });

  it('shuffles by its seed', () => {
    const folds = data.kFold(23, { folds: 3, shuffle: true, seed: 1 });
    expect(folds.map(({ test }) => test.length)).toEqual([8, 8, 7]);
    expect(sorted(folds.flatMap(({ test }) => Array.from(test)))).toEqual(range(23));
    expect(Array.from(folds[0]!.test)).not.toEqual(range(8));
    expect(data.kFold(23, { folds: 3, shuffle: true, seed: 1 })).toEqual(folds);
  });

  it('deals out each class, as StratifiedKFold', () => {
    // scikit-learn, StratifiedKFold(n_splits=2) of y = [0, 0, 1, 1]: test [0, 2], then [1, 3].
    expect(data.kFold(4, { folds: 2, stratify: [0, 0, 1, 1] }).map(({ test }) => Array.from(test))).toEqual([
      [0, 2],
      [1, 3],
    ]);
    // Its guide: 45 and 5 samples in 3 folds: 15 and 2, 15 and 2, 15 and 1.
    const y = [...range(45).map(() => 'no'), ...range(5).map(() => 'yes')];
    for (const shuffle of [false, true]) {
      const folds = data.kFold(50, { folds: 3, stratify: y, shuffle, seed: 1 });
      const counts = folds.map(({ test }) => [
        countOf(data.rowsAt(y, test), 'no'),
        countOf(data.rowsAt(y, test), 'yes'),
      ]);
      expect(counts).toEqual([
        [15, 2],
        [15, 2],
        [15, 1],
      ]);
    }
  });

  it('says what can not be divided', () => {
    expect(() => data.kFold(3)).toThrow('kFold: 5 folds of 3 samples');
    expect(() => data.kFold(1.5)).toThrow('kFold: the number of samples must be a whole number of at least 2, got 1.5');
    expect(() => data.kFold(6, { folds: 1 })).toThrow('kFold: folds must be a whole number of at least 2, got 1');
    expect(() => data.kFold(6, { folds: 4, stratify: [0, 0, 0, 1, 1, 1] })).toThrow(
      'kFold: 4 folds, but no class has more than 3 samples',
    );
  });
});

describe('batches', () => {
  it('go through the data, again and again, in another order each time', () => {
    const x = range(10).map((i) => [i]);
    const y = Int32Array.from(range(10));
    const plain = data.batches(x, y, { batchSize: 4 });
    expect(plain).toHaveLength(3);
    const passes = [Array.from(plain), Array.from(plain)];
    expect(passes[0]).toEqual(passes[1]);
    expect(passes[0]!.map(([xs, ys]) => [xs.length, Array.from(ys)])).toEqual([
      [4, [0, 1, 2, 3]],
      [4, [4, 5, 6, 7]],
      [2, [8, 9]],
    ]);
    const shuffled = data.batches(x, y, { batchSize: 4, shuffle: true, seed: 1, dropLast: true });
    expect(shuffled).toHaveLength(2);
    const orders = [1, 2].map(() => Array.from(shuffled, ([, ys]) => Array.from(ys)).flat());
    expect(orders[0]).not.toEqual(orders[1]);
    expect(orders[0]).toHaveLength(8);
    const again = data.batches(y, { batchSize: 4, shuffle: true, seed: 1, dropLast: true });
    expect([1, 2].map(() => Array.from(again, ([ys]) => Array.from(ys)).flat())).toEqual(orders);
  });

  it('of nothing are none, and of tensors tensors', () => {
    expect(Array.from(data.batches([]))).toEqual([]);
    const [[batch]] = Array.from(data.batches(tensor([1, 2, 3]))) as [[Tensor]];
    expect(batch.toArray()).toEqual([1, 2, 3]);
  });
});

describe('standardScaler', () => {
  // scikit-learn, StandardScaler: [[0, 0], [0, 0], [1, 1], [1, 1]] has the mean 0.5, and [2, 2] becomes 3.
  const x = [
    [0, 0],
    [0, 0],
    [1, 1],
    [1, 1],
  ];
  it('brings columns to mean 0 and deviation 1, over n', () => {
    const scaler = data.standardScaler().fit(x);
    expect(scaler.transform([[2, 2]])).toEqual([[3, 3]]);
    expect(scaler.fitTransform(x)).toEqual([
      [-1, -1],
      [-1, -1],
      [1, 1],
      [1, 1],
    ]);
    expect(scaler.toJSON()).toEqual({ kind: 'standardScaler', mean: [0.5, 0.5], scale: [0.5, 0.5] });
    expect(scaler.inverseTransform([[3, -1]])).toEqual([[2, 0]]);
  });

  it('makes 0 of a column of equal values, those that round too, and does not count NaN', () => {
    expect(data.standardScaler().fitTransform([[7], [7]])).toEqual([[0], [0]]);
    const tenths = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1].map((v) => v * 3);
    expect(data.standardScaler().fit(tenths).toJSON().scale).toEqual([1]);
    expect(
      data
        .standardScaler()
        .fit([[1], [Number.NaN], [3]])
        .toJSON(),
    ).toMatchObject({ mean: [2], scale: [1] });
    // A large mean costs no digits.
    expect(data.standardScaler().fitTransform([1e9, 1e9 + 2])).toEqual([-1, 1]);
  });

  it('takes every kind, and keeps it; whole numbers become floats', () => {
    const expected = [-1, -1, 1, 1];
    const scaler = data.standardScaler();
    expect(scaler.fitTransform([0, 0, 1, 1])).toEqual(expected);
    const floats: Float32Array = scaler.transform(Uint8Array.of(0, 0, 1, 1));
    expect(floats).toEqual(Float32Array.from(expected));
    expect(scaler.transform(Float64Array.of(0))).toEqual(Float64Array.of(-1));
    expect(scaler.transform(tensor([1, 0])).toArray()).toEqual([1, -1]);
    expect(scaler.transform(tensor([1, 0], undefined, 'int32')).dtype).toBe('float32');
    const images = data.standardScaler().fitTransform({ data: Uint8Array.of(0, 2, 2, 2), shape: [2, 2, 1] });
    expect(images).toEqual({ data: Float32Array.of(-1, 0, 1, 0), shape: [2, 2, 1] });
    const typedRows: Float32Array[] = data.standardScaler().fitTransform([Uint8Array.of(0), Uint8Array.of(2)]);
    expect(typedRows).toEqual([Float32Array.of(-1), Float32Array.of(1)]);
    const deep = data.standardScaler().fitTransform([
      [[0], [5]],
      [[2], [5]],
    ]);
    expect(deep).toEqual([
      [[-1], [0]],
      [[1], [0]],
    ]);
  });

  it('is kept as JSON', () => {
    const scaler = data.standardScaler().fit(x);
    const again = data.standardScaler().fromJSON(JSON.parse(JSON.stringify(scaler)));
    expect(again.transform([[2, 5]])).toEqual(scaler.transform([[2, 5]]));
    expect(() => data.standardScaler().fromJSON({ kind: 'minMaxScaler' })).toThrow(
      "standardScaler: what was kept must be what its toJSON returned, of kind 'standardScaler', got an object of type Object",
    );
    expect(() => data.standardScaler().fromJSON({ kind: 'standardScaler', mean: [1, 2], scale: [1] })).toThrow(
      'standardScaler: scale must be an array of numbers, one for each column, got an array of length 1',
    );
  });

  it('says what does not fit', () => {
    const scaler = data.standardScaler();
    expect(() => scaler.transform(x)).toThrow('standardScaler: call fit first');
    expect(() => JSON.stringify(scaler)).toThrow('standardScaler: call fit first');
    scaler.fit(x);
    expect(() => scaler.transform([[1]])).toThrow('standardScaler was fitted to 2 columns, got 1');
    expect(() => scaler.fit([[1, Infinity]])).toThrow('standardScaler: row 0, column 1 is Infinity');
    expect(() => scaler.fit([[1], [2, 3]])).toThrow('must be an array of length 1, as its neighbours');
    expect(() => scaler.fit([['a']] as never)).toThrow("standardScaler: the data[0][0] must be a number, got 'a'");
    expect(() => scaler.fit([])).toThrow('standardScaler: there is no data');
    expect(scaler.transform([[0, 1]])).toEqual([[-1, 1]]); // it was not changed
  });
});

describe('minMaxScaler', () => {
  // scikit-learn, MinMaxScaler: [[-1, 2], [-0.5, 6], [0, 10], [1, 18]]; [2, 2] becomes [1.5, 0].
  const x = [
    [-1, 2],
    [-0.5, 6],
    [0, 10],
    [1, 18],
  ];
  it('brings columns into the range', () => {
    const scaler = data.minMaxScaler().fit(x);
    expect(scaler.transform(x)).toEqual([
      [0, 0],
      [0.25, 0.25],
      [0.5, 0.5],
      [1, 1],
    ]);
    expect(scaler.transform([[2, 2]])).toEqual([[1.5, 0]]);
    expect(scaler.inverseTransform([[1.5, 0]])).toEqual([[2, 2]]);
    expect(data.minMaxScaler({ range: [-1, 1] }).fitTransform([0, 5, 10])).toEqual([-1, 0, 1]);
    expect(data.minMaxScaler({ range: [-1, 1] }).fitTransform([4, 4])).toEqual([-1, -1]);
    const clipped = data.minMaxScaler({ clip: true }).fit([0, 10]);
    expect(clipped.transform([-5, 5, 50])).toEqual([0, 0.5, 1]);
  });

  it('is kept as JSON, with its options', () => {
    const scaler = data.minMaxScaler({ range: [-1, 1], clip: true }).fit([0, 10]);
    const again = data.minMaxScaler().fromJSON(JSON.parse(JSON.stringify(scaler)));
    expect(again.transform([-5, 5, 50])).toEqual([-1, 0, 1]);
    const kept = { kind: 'minMaxScaler', min: [1], max: [2], range: [2, 1], clip: false };
    expect(() => data.minMaxScaler().fromJSON(kept)).toThrow('range must be two numbers, the smaller one first');
    expect(() => data.minMaxScaler({ range: [1, 1] })).toThrow(
      'minMaxScaler: range must be two numbers, the smaller one first, got an array of length 2',
    );
  });
});

describe('labelEncoder', () => {
  it('makes indices of labels, in sorted order, and labels of indices', () => {
    // scikit-learn, LabelEncoder: ["paris", "paris", "tokyo", "amsterdam"] has the classes amsterdam, paris, tokyo.
    const encoder = data.labelEncoder().fit(['paris', 'paris', 'tokyo', 'amsterdam']);
    expect(encoder.classes).toEqual(['amsterdam', 'paris', 'tokyo']);
    expect(encoder.transform(['tokyo', 'tokyo', 'paris'])).toEqual([2, 2, 1]);
    expect(encoder.inverseTransform([2, 2, 1])).toEqual(['tokyo', 'tokyo', 'paris']);
    expect(encoder.inverseTransform(tensor([0], undefined, 'int32'))).toEqual(['amsterdam']);
    expect(data.labelEncoder().fit([10, 9, 2]).classes).toEqual([2, 9, 10]);
    expect(data.labelEncoder().fitTransform([true, false])).toEqual([1, 0]);
  });

  it('gives labels of a model: int32 of tensors and typed arrays', () => {
    const encoder = data.labelEncoder();
    expect(encoder.fitTransform(Uint8Array.of(5, 3, 5))).toEqual(Int32Array.of(1, 0, 1));
    const ints = encoder.transform(tensor([3, 5]));
    expect([ints.dtype, ints.toArray()]).toEqual(['int32', [0, 1]]);
  });

  it('is kept as JSON', () => {
    const encoder = data.labelEncoder().fit(['b', 'a']);
    const again = data.labelEncoder().fromJSON(JSON.parse(JSON.stringify(encoder)));
    expect(again.transform(['b'])).toEqual([1]);
    expect(() => again.fromJSON({ kind: 'labelEncoder', classes: [{}] })).toThrow('labelEncoder: classes must be');
    expect(() => again.fromJSON(null)).toThrow("of kind 'labelEncoder', got null");
  });

  it('says what it does not know', () => {
    const encoder = data.labelEncoder();
    expect(() => encoder.classes).toThrow('labelEncoder: call fit first');
    encoder.fit(['a', 'b']);
    expect(() => encoder.transform(['c'])).toThrow(
      "labelEncoder: 'c' was not there when it was fitted (known: 'a', 'b')",
    );
    expect(() => encoder.inverseTransform([2])).toThrow('labelEncoder: 2 is no class index, there are 2 classes');
    expect(() => encoder.fit(['a', 1])).toThrow("value 1 is 1, the first one 'a': they must be of one type");
    expect(() => encoder.fit([Number.NaN])).toThrow(
      'labelEncoder: value 0 must be a string, a number, or true or false',
    );
    expect(() => encoder.fit(tensor([[1, 2]]))).toThrow('expected one value for each sample, got 2 for 1');
  });
});

describe('oneHotEncoder', () => {
  // scikit-learn, OneHotEncoder: [['Male', 1], ['Female', 3], ['Female', 2]]; [['Female', 1], ['Male', 4]] with unknown
  // ignored.
  const x = [
    ['Male', 1],
    ['Female', 3],
    ['Female', 2],
  ];
  it('makes columns of categories, as in scikit-learn', () => {
    const encoder = data.oneHotEncoder({ handleUnknown: 'ignore' }).fit(x);
    expect(encoder.categories).toEqual([
      ['Female', 'Male'],
      [1, 2, 3],
    ]);
    expect(
      encoder.transform([
        ['Female', 1],
        ['Male', 4],
      ]),
    ).toEqual([
      [1, 0, 1, 0, 0],
      [0, 1, 0, 0, 0],
    ]);
    expect(
      encoder.inverseTransform([
        [0, 1, 1, 0, 0],
        [0, 0, 0, 0.3, 0.6],
      ]),
    ).toEqual([
      ['Male', 1],
      [null, 3],
    ]);
  });

  it('of one column takes values, and gives them back', () => {
    const encoder = data.oneHotEncoder();
    expect(encoder.fitTransform(['b', 'a'])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(encoder.inverseTransform([[0.2, 0.8]])).toEqual(['b']);
    const rows = data.oneHotEncoder().fitTransform(tensor([3, 5, 3], undefined, 'int32'));
    expect(rows.toArray()).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(data.oneHotEncoder().fitTransform(Uint8Array.of(7, 8))).toEqual({
      data: Float32Array.of(1, 0, 0, 1),
      shape: [2, 2],
    });
    expect(data.oneHotEncoder().fitTransform({ data: Uint8Array.of(7, 1, 8, 1), shape: [2, 2] })).toEqual({
      data: Float32Array.of(1, 0, 1, 0, 1, 1),
      shape: [2, 3],
    });
  });

  it('is kept as JSON, and says what it does not know', () => {
    const encoder = data.oneHotEncoder().fit(x);
    const again = data.oneHotEncoder({ handleUnknown: 'ignore' }).fromJSON(JSON.parse(JSON.stringify(encoder)));
    expect(again.transform([['Male', 2]])).toEqual([[0, 1, 0, 1, 0]]);
    expect(() => again.transform([['Male', 4]])).toThrow(
      'oneHotEncoder: column 1: 4 was not there when it was fitted (known: 1, 2, 3)',
    );
    expect(() => again.transform(['Male'])).toThrow('oneHotEncoder was fitted to 2 columns, got 1');
    expect(() => again.inverseTransform([[1, 0]])).toThrow('oneHotEncoder makes rows of 5 numbers, got 2');
    expect(() => again.fit([['a'], ['b', 'c']])).toThrow('row 1 has 2 columns, the first one 1');
    expect(() => data.oneHotEncoder().fromJSON({ kind: 'oneHotEncoder' })).toThrow('oneHotEncoder: categories must be');
    expect(() => data.oneHotEncoder().transform(['a'])).toThrow('oneHotEncoder: call fit first');
  });
});
