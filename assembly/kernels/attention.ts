/**
 * Attention: what queries read from values, weighted by how well their keys fit, and the gradients by all three. A
 * block of queries meets one block of keys after the other; the scores of two blocks are all that is in memory, and are
 * computed again for the gradients. All sums are products of the main module. Twin: bindings/kernels/attention.ts.
 *
 *     out of attention  for each sample and head [queries · size | queries | queries]: what was read, then of each query the largest
 *                       score, and 1 / Σ e^(score - largest), which is 0 for one that may read nothing
 *     out of the gradient  for each sample and head of keys [heads of queries · queries · width | keys · width | keys · size]
 *
 * A part takes whole blocks of queries, and of the gradient whole heads of keys: no sum is divided. (Online softmax: M.
 * Milakov, N. Gimelshein, 2018; T. Dao et al., "FlashAttention", 2022.)
 */
import { attentionScratch, columnsOf, KEYS, queriesOf } from '../attention';
import { AttentionGradOperands, AttentionOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { F4 } from '../simd';
import { floats } from './gemm/lanes';
import { product } from './product';

/** Multiplications that take as long as one cheap element (see share.ts). */
const CHEAP = 8;

/** The largest score, to begin with: below those that count, and finite, so that nothing is taken from itself. */
const LEAST: f32 = -3e38;

/** The logarithm of 2^-100: smaller weights are 0, since products of denormals take a hundred times as long. */
const FADED: f32 = -69.31471805599453;

/** What is inlined. */
class Inner {
  /** e^x for x up to 0; NaN stays. */
  @inline
  static power(x: v128): v128 {
    const power = F4.expNormal(f32x4.pmax(x, f32x4.splat(FADED)));
    return v128.andnot(power, f32x4.lt(x, f32x4.splat(FADED)));
  }

  @inline
  static most(x: v128): f32 {
    const pairs = f32x4.pmax(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
  }
}

/** The work of `rows` queries with all keys, in cheap elements. */
function workOf(rows: i32, keys: i32, widths: i32): i32 {
  return <i32>min<i64>((<i64>rows * keys * widths) / CHEAP, i32.MAX_VALUE);
}

export function attention(it: AttentionOperands, part: i32, parts: i32): void {
  const queries = it.queries;
  const most = queriesOf(it.keys, it.causal);
  const blocks = (queries + most - 1) / most;
  const each = workOf(min(queries, most), it.keys, it.width + it.size);
  const range = rangeOf(it.n * it.heads * blocks, each, 1, part, parts);
  const end = endOf(range);
  const scratch = it.scratch + <usize>part * attentionScratch(queries, it.keys, it.width, it.size, 1);
  for (let block = startOf(range); block < end; block++) {
    const first = (block % blocks) * most;
    readAll(it, block / blocks, first, min(most, queries - first), scratch);
  }
}

/** What `rows` queries of a head read, from one block of keys after the other. */
function readAll(it: AttentionOperands, head: i32, first: i32, rows: i32, scratch: usize): void {
  const keys = it.keys;
  const queries = it.queries;
  const width = floats(it.width);
  const size = floats(it.size);
  const shared = <usize>(head / (it.heads / it.shared)) * keys;
  const k = it.k + shared * width;
  const v = it.v + shared * size;
  const all = it.out + <usize>head * queries * (size + 8);
  const out = all + <usize>first * size;
  const most = all + <usize>queries * size + floats(first);
  const total = most + floats(queries);
  const mask = rowOf(it.mask, it.maskN, it.maskHead, it.maskQuery, head, it.heads, first);
  const bias = rowOf(it.bias, it.biasN, it.biasHead, it.biasQuery, head, it.heads, first);
  const q = scratch;
  const scores = q + <usize>rows * width;
  const read = scores + floats(rows * columnsOf(keys));
  const rest = read + <usize>rows * size;

  scaled(q, it.q + (<usize>head * queries + first) * width, <f32>it.scale, <usize>rows * width);
  for (let r = 0; r < rows; r++) {
    store<f32>(most + floats(r), LEAST);
    store<f32>(total + floats(r), 0);
  }
  const reach = it.causal ? min(keys, first + rows) : keys;
  for (let at = 0; at < reach; at += KEYS) {
    const columns = min(KEYS, reach - at);
    const row = floats(columnsOf(columns));
    product(scores, row, q, width, 4, k + <usize>at * width, 4, width, rows, columns, it.width, rest);
    for (let r = 0; r < rows; r++) {
      const line = scores + <usize>r * row;
      const live = it.causal ? min(columns, first + r + 1 - at) : columns;
      if (live <= 0) {
        memory.fill(line, 0, row);
        continue;
      }
      limit(line, live, rowAt(mask, it.maskQuery, r, at), rowAt(bias, it.biasQuery, r, at));
      const change = weigh(line, live, most + floats(r), total + floats(r));
      if (live < columns) memory.fill(line + floats(live), 0, floats(columns - live));
      if (at > 0) times(out + <usize>r * size, change, size);
    }
    const to = at > 0 ? read : out;
    product(to, size, scores, row, 4, v + <usize>at * size, size, 4, rows, it.size, columns, rest);
    if (at > 0) addTo(out, read, <usize>rows * size);
  }
  for (let r = 0; r < rows; r++) {
    const sum = load<f32>(total + floats(r));
    const inverse: f32 = sum === 0 ? 0 : 1 / sum;
    store<f32>(total + floats(r), inverse);
    times(out + <usize>r * size, inverse, size);
  }
}

/** Where the line of a mask or bias for a query begins; 0 if there is none. */
function rowOf(from: usize, byN: i32, byHead: i32, byQuery: i32, head: i32, heads: i32, query: i32): usize {
  if (from === 0) return 0;
  const elements = <usize>(head / heads) * byN + <usize>(head % heads) * byHead + <usize>query * byQuery;
  return from + (elements << 2);
}

function rowAt(first: usize, byQuery: i32, row: i32, column: i32): usize {
  return first ? first + ((<usize>row * byQuery + column) << 2) : 0;
}

/**
 * Adds the bias to the first `live` scores of a line; those that are excluded, and those behind up to the next eight,
 * become -Infinity.
 */
function limit(line: usize, live: i32, mask: usize, bias: usize): void {
  const none = f32x4.splat(-Infinity);
  if (mask || bias) {
    let at = line;
    let left = floats(live);
    do {
      let s = v128.load(at);
      if (bias) {
        const b = F4.loadUpTo(bias, left);
        s = v128.bitselect(none, f32x4.add(s, b), f32x4.eq(b, none));
        bias += 16;
      }
      if (mask) {
        s = v128.bitselect(none, s, f32x4.eq(F4.loadUpTo(mask, left), f32x4.splat(0)));
        mask += 16;
      }
      v128.store(at, s);
      at += 16;
      left -= 16;
    } while (<isize>left > 0);
  }
  const end = (live + 7) & ~7;
  for (; live < end; live++) store<f32>(line + floats(live), -Infinity);
}

/**
 * The scores of a line become weights, e^(score - largest); the largest one so far and the sum of the weights are
 * updated. What came before is to be multiplied by the result.
 */
function weigh(line: usize, live: i32, most: usize, total: usize): f32 {
  const end = line + floats((live + 7) & ~7);
  const before = load<f32>(most);
  const now = largest(line, end, before);
  const change = f32x4.extract_lane(Inner.power(f32x4.splat(before - now)), 0);
  store<f32>(most, now);
  store<f32>(total, load<f32>(total) * change + weights(line, end, now));
  return change;
}

/** The largest number, of `least` and pairs of vectors. */
function largest(x: usize, end: usize, least: f32): f32 {
  let a = f32x4.splat(least);
  let b = a;
  do {
    a = f32x4.pmax(a, v128.load(x));
    b = f32x4.pmax(b, v128.load(x, 16));
    x += 32;
  } while (x < end);
  return Inner.most(f32x4.pmax(a, b));
}

/**
 * Each x becomes e^(x - most); returns their sum. Not merged into a caller, where it would lose its speed, since it has
 * two.
 */
function weights(x: usize, end: usize, most: f32): f32 {
  const m = f32x4.splat(most);
  let a = f32x4.splat(0);
  let b = a;
  do {
    const one = Inner.power(f32x4.sub(v128.load(x), m));
    const two = Inner.power(f32x4.sub(v128.load(x, 16), m));
    v128.store(x, one);
    v128.store(x, two, 16);
    a = f32x4.add(a, one);
    b = f32x4.add(b, two);
    x += 32;
  } while (x < end);
  return F4.hsum(f32x4.add(a, b));
}

/** to = x · by. Vectors go in pairs while there are any: a test of what is left costs more than the product. */
function scaled(to: usize, x: usize, by: f32, bytes: usize): void {
  const factor = f32x4.splat(by);
  let left = bytes;
  if (left >= 32) {
    do {
      v128.store(to, f32x4.mul(v128.load(x), factor));
      v128.store(to, f32x4.mul(v128.load(x, 16), factor), 16);
      to += 32;
      x += 32;
      left -= 32;
    } while (left >= 32);
  }
  for (; <isize>left > 0; left -= 16) {
    F4.storeUpTo(to, f32x4.mul(F4.loadUpTo(x, left), factor), left);
    to += 16;
    x += 16;
  }
}

/** x = x · by */
function times(x: usize, by: f32, bytes: usize): void {
  scaled(x, x, by, bytes);
}

/** to = to + x, as `scaled` goes */
function addTo(to: usize, x: usize, bytes: usize): void {
  let left = bytes;
  if (left >= 32) {
    do {
      v128.store(to, f32x4.add(v128.load(to), v128.load(x)));
      v128.store(to, f32x4.add(v128.load(to, 16), v128.load(x, 16)), 16);
      to += 32;
      x += 32;
      left -= 32;
    } while (left >= 32);
  }
  for (; <isize>left > 0; left -= 16) {
    F4.storeUpTo(to, f32x4.add(F4.loadUpTo(to, left), F4.loadUpTo(x, left)), left);
    to += 16;
    x += 16;
  }
}

/**
 * For g = dL/d(what was read), and what `attention` saved: of scores s and weights p, dL/ds = p · (g·v - Σ g·out), and
 * from these all gradients are products.
 */
export function attentionGrad(it: AttentionGradOperands, part: i32, parts: i32): void {
  const queries = it.queries;
  const keys = it.keys;
  const group = it.heads / it.shared;
  const most = queriesOf(keys, it.causal);
  const each = workOf(queries, keys, 3 * group * (it.width + it.size));
  const range = rangeOf(it.n * it.shared, each, 1, part, parts);
  const end = endOf(range);
  const width = floats(it.width);
  const size = floats(it.size);
  const ofQueries = <usize>queries * width;
  const ofKeys = <usize>keys * width;
  const all = <usize>group * ofQueries + ofKeys + <usize>keys * size;
  const scratch = it.scratch + <usize>part * attentionScratch(queries, keys, it.width, it.size, 2);
  for (let shared = startOf(range); shared < end; shared++) {
    const dq = it.out + <usize>shared * all;
    const dk = dq + <usize>group * ofQueries;
    memory.fill(dk, 0, all - <usize>group * ofQueries);
    for (let h = 0; h < group; h++) {
      for (let first = 0; first < queries; first += most) {
        const rows = min(most, queries - first);
        const to = dq + <usize>h * ofQueries + <usize>first * width;
        backAll(it, shared, shared * group + h, first, rows, to, dk, dk + ofKeys, scratch);
      }
    }
  }
}

/** Adds the gradients of `rows` queries of a head, and what they give to those of keys and values. */
function backAll(
  it: AttentionGradOperands,
  shared: i32,
  head: i32,
  first: i32,
  rows: i32,
  dq: usize,
  dk: usize,
  dv: usize,
  scratch: usize,
): void {
  const keys = it.keys;
  const queries = it.queries;
  const width = floats(it.width);
  const size = floats(it.size);
  const before = <usize>head * queries + first;
  const saved = it.saved + <usize>head * queries * (size + 8);
  const most = saved + <usize>queries * size + floats(first);
  const total = most + floats(queries);
  const g = it.g + before * size;
  const q = it.q + before * width;
  const mask = rowOf(it.mask, it.maskN, it.maskHead, it.maskQuery, head, it.heads, first);
  const bias = rowOf(it.bias, it.biasN, it.biasHead, it.biasQuery, head, it.heads, first);
  const block = floats(rows * columnsOf(keys));
  const scaledQ = scratch;
  const scores = scaledQ + <usize>rows * width;
  const slopes = scores + block;
  const means = slopes + block;
  const sum = means + floats(rows);
  const rest = sum + <usize>max(rows, min(keys, KEYS)) * max(width, size);
  const scale = <f32>it.scale;

  scaled(scaledQ, q, scale, <usize>rows * width);
  for (let r = 0; r < rows; r++) {
    const at = <usize>r * size;
    store<f32>(means + floats(r), dot(g + at, saved + <usize>first * size + at, size));
  }
  const reach = it.causal ? min(keys, first + rows) : keys;
  for (let at = 0; at < reach; at += KEYS) {
    const columns = min(KEYS, reach - at);
    const row = floats(columnsOf(columns));
    const k = it.k + (<usize>shared * keys + at) * width;
    const v = it.v + (<usize>shared * keys + at) * size;
    product(scores, row, scaledQ, width, 4, k, 4, width, rows, columns, it.width, rest);
    product(slopes, row, g, size, 4, v, 4, size, rows, columns, it.size, rest);
    for (let r = 0; r < rows; r++) {
      const line = scores + <usize>r * row;
      const slope = slopes + <usize>r * row;
      const live = max(0, it.causal ? min(columns, first + r + 1 - at) : columns);
      const end = line + floats((live + 7) & ~7);
      const factor = load<f32>(total + floats(r));
      const mean = load<f32>(means + floats(r));
      if (live > 0) {
        limit(line, live, rowAt(mask, it.maskQuery, r, at), rowAt(bias, it.biasQuery, r, at));
        weights(line, end, load<f32>(most + floats(r)));
        back(line, end, slope, factor, mean, scale);
      }
      if (live < columns) {
        memory.fill(line + floats(live), 0, floats(columns - live));
        memory.fill(slope + floats(live), 0, floats(columns - live));
      }
    }
    product(sum, size, scores, 4, row, g, size, 4, columns, it.size, rows, rest);
    addTo(dv + <usize>at * size, sum, <usize>columns * size);
    product(sum, width, slopes, 4, row, q, width, 4, columns, it.width, rows, rest);
    addTo(dk + <usize>at * width, sum, <usize>columns * width);
    product(at > 0 ? sum : dq, width, slopes, row, 4, k, width, 4, rows, it.width, columns, rest);
    if (at > 0) addTo(dq, sum, <usize>rows * width);
  }
}

/**
 * Weights p, up to now without the division by their sum, are multiplied by `total`, and dL/dp becomes p · (dL/dp -
 * mean) · scale.
 */
function back(p: usize, end: usize, slope: usize, total: f32, mean: f32, scale: f32): void {
  const factor = f32x4.splat(total);
  const center = f32x4.splat(mean);
  const by = f32x4.splat(scale);
  do {
    const weight = f32x4.mul(v128.load(p), factor);
    v128.store(p, weight);
    const change = f32x4.mul(weight, f32x4.sub(v128.load(slope), center));
    v128.store(slope, F4.flushed(f32x4.mul(change, by)));
    p += 16;
    slope += 16;
  } while (p < end);
}

/** Σ a · b */
function dot(a: usize, b: usize, bytes: usize): f32 {
  let sum = f32x4.splat(0);
  let left = bytes;
  do {
    sum = f32x4.add(sum, f32x4.mul(F4.loadUpTo(a, left), F4.loadUpTo(b, left)));
    a += 16;
    b += 16;
    left -= 16;
  } while (<isize>left > 0);
  return F4.hsum(sum);
}
