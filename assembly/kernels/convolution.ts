/**
 * Convolution of images, and its gradients by image and by kernel: sums over taps and channels, or over pixels.
 *
 * Each is a product of matrices op(A)·op(B) with the guarantee of gemm.ts: a result is the sum of its terms in order,
 * from zero. A is never written out: what a result reads for a term lies in the image at the place of the result plus
 * the place of the term. Of both there are tables, and tiles read A by these (convolution/tile.ts). So stride, dilation
 * and padding are a matter of tables, and the kernels know nothing of them.
 *
 *                        rows of the product    terms of a sum              B
 *     convolution        pixels                 taps, channels              kernel
 *     convolutionInput   pixels                 taps that meet, filters     kernel, turned
 *     convolutionKernel  taps, channels         images, pixels              gradient
 *
 * Outside of an image there are zeros, which are multiplied like other numbers. Where an image has such, strips of it
 * are copied to scratch memory together with these (convolution/strip.ts). Twin: bindings/kernels/convolution.ts.
 *
 * Where each channel is convolved by itself, lanes run over channels. Kernels of 3x3 in steps of one pixel go other
 * ways, which sum in another order: by squares (convolution/winograd.ts), or if each channel is by itself
 * convolution/depthwise.ts. Not here: products that are plain ones, such as convolutions with a kernel of one pixel
 * (matmul.ts; bindings/ops/convolution.ts chooses).
 */
import { ConvolutionInputOperands, ConvolutionKernelOperands, ConvolutionOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { isByWinograd, isOneChannel } from '../winograd';
import { Axis } from './convolution/axis';
import { correlateDepthSlopes } from './convolution/depthslopes';
import { correlateDepths, isDepthwise } from './convolution/depthwise';
import { finish } from './convolution/finish';
import { correlateOneChannel } from './convolution/onechannel';
import { Strip } from './convolution/strip';
import { ENTRY, HEIGHT, Tile } from './convolution/tile';
import { Window } from './convolution/window';
import { correlateSlopes, correlateSquares } from './convolution/winograd';
import { floats } from './gemm/lanes';
import { packPanel } from './gemm/pack';

/** Multiplications that take as long as one cheap element (see share.ts). */
const CHEAP = 8;

/** Where the parts of a strip's structure lie in scratch memory, and a tile for results at an edge with its rows. */
const ROWS: usize = 32;
const COLUMNS: usize = 80;
const EDGE_ROWS: usize = 128;
const EDGE: usize = 192;
const TABLES: usize = 384;

/** Bytes between the rows of the tile at an edge. */
const EDGE_ROW: usize = 32;

/** out[n, oh, ow, o] = epilogue(a * b + bias), for images a [n, h, w, c] and a kernel b [kh, kw, c / groups, o]. */
export function convolution(it: ConvolutionOperands, part: i32, parts: i32): void {
  if (isByWinograd(it)) return correlateSquares(it, part, parts, false);
  if (isOneChannel(it)) return correlateOneChannel(it, part, parts);
  const rows = rowsOf(it, part);
  const columns = columnsOf(it, part);
  rows.set(it.h, it.oh, it.strideH, it.kh, -it.top, it.dilationH, 1);
  columns.set(it.w, it.ow, it.strideW, it.kw, -it.left, it.dilationW, 1);
  correlate(it, part, parts, false, 0, 0, true);
}

/**
 * The gradient by the images: out[n, h, w, c] = epilogue(the sum of a · b over what reads the pixel + bias), for
 * gradients a [n, oh, ow, o] and a kernel b. Pixels that are read by the same taps, those `stride` apart, are computed
 * together.
 */
export function convolutionInput(it: ConvolutionInputOperands, part: i32, parts: i32): void {
  byInput(changetype<ConvolutionOperands>(it), part, parts);
}

function byInput(it: ConvolutionOperands, part: i32, parts: i32): void {
  if (isByWinograd(it)) return correlateSquares(it, part, parts, true);
  const down = min(it.strideH, it.h);
  const right = min(it.strideW, it.w);
  for (let i = 0; i < down; i++) {
    const count = (it.h - i + it.strideH - 1) / it.strideH;
    rowsOf(it, part).set(it.oh, count, 1, it.kh, i + it.top, -it.dilationH, it.strideH);
    for (let j = 0; j < right; j++) {
      const width = (it.w - j + it.strideW - 1) / it.strideW;
      columnsOf(it, part).set(it.ow, width, 1, it.kw, j + it.left, -it.dilationW, it.strideW);
      correlate(it, part, parts, true, i, j, j === right - 1);
    }
  }
}

function scratchOf(it: ConvolutionOperands, part: i32): usize {
  return it.scratch + <usize>part * it.bytes;
}

function rowsOf(it: ConvolutionOperands, part: i32): Axis {
  return changetype<Axis>(scratchOf(it, part) + ROWS);
}

function columnsOf(it: ConvolutionOperands, part: i32): Axis {
  return changetype<Axis>(scratchOf(it, part) + COLUMNS);
}

function stripOf(it: ConvolutionOperands, part: i32): Strip {
  const strip = changetype<Strip>(scratchOf(it, part));
  strip.rows = rowsOf(it, part);
  strip.columns = columnsOf(it, part);
  return strip;
}

function windowOf(it: ConvolutionOperands, part: i32): Window {
  const scratch = scratchOf(it, part);
  const window = changetype<Window>(scratch + EDGE);
  window.begin(rowsOf(it, part), columnsOf(it, part), floats(it.c), scratch + TABLES);
  return window;
}

/** Whether each channel is convolved by itself, and there are enough of them for lanes. */
function areLanes(it: ConvolutionOperands): bool {
  return it.groups === it.c && it.c === it.o && it.c >= 4;
}

/**
 * The part's share of the results at rows `i`, i + stride … and columns `j`, j + stride … of the images, read by the
 * axes of the strip; if `turned`, images have `o` channels and results `c`. `completes` says that all other columns are
 * done.
 */
function correlate(
  it: ConvolutionOperands,
  part: i32,
  parts: i32,
  turned: bool,
  i: i32,
  j: i32,
  completes: bool,
): void {
  const strip = stripOf(it, part);
  if (isDepthwise(it)) return correlateDepths(it, windowOf(it, part), part, parts, turned);
  const rows = strip.rows;
  const channels = turned ? it.o : it.c;
  const filters = turned ? it.c : it.o;
  const down = turned ? it.strideH : 1;
  const right = turned ? it.strideW : 1;
  const width = turned ? it.w : it.ow;
  const height = turned ? it.h : it.oh;
  const pixel = floats(filters);
  const line = <usize>width * pixel;
  const each = it.groups > 0 ? channels / it.groups : 0;
  const most = min(it.rows, rows.count);

  const pixels = scratchOf(it, part) + TABLES;
  const taps = pixels + <usize>(most * strip.columns.count) * ENTRY;
  const panel = taps + <usize>(it.kh * it.kw * each) * ENTRY;
  const place = panel + floats(it.kh * it.kw * each * 8);
  const work = <i32>min<i64>((<i64>it.kh * it.kw * each * filters * strip.columns.count) / CHEAP, i32.MAX_VALUE);
  const range = rangeOf(it.n * rows.count, work, 1, part, parts);
  const end = endOf(range);
  if (startOf(range) >= end) return;

  strip.begin(most, floats(channels), place);
  const terms = strip.listTaps(taps, each, 0);
  strip.listPixels(pixels, most, line * down, pixel * right);
  for (let at = startOf(range), count = 0; at < end; at += count) {
    const image = at / rows.count;
    const first = at - image * rows.count;
    count = min(min(most, rows.count - first), end - at);
    const a = strip.read(it.a + <usize>(image * rows.size) * <usize>strip.columns.size * strip.pixel, first, count);
    const top = image * height + i + first * down;
    const out = it.out + <usize>top * line;
    multiply(it, part, turned, out + <usize>j * pixel, pixels, count * strip.columns.count, a, taps, terms, panel);
    if (completes) finish(it, top, count, down, line, filters, turned);
  }
}

/** All results at `count` pixels: for each group, panels of eight columns of the kernel, which are packed first. */
function multiply(
  it: ConvolutionOperands,
  part: i32,
  turned: bool,
  out: usize,
  pixels: usize,
  count: i32,
  a: usize,
  taps: usize,
  terms: i32,
  panel: usize,
): void {
  const lanes = areLanes(it);
  const groups = lanes ? 1 : it.groups;
  const channels = turned ? it.o / groups : it.c / groups;
  const filters = turned ? it.c / groups : it.o / groups;
  const edge = scratchOf(it, part);
  for (let group = 0; group < groups; group++) {
    const source = a + floats(group * channels);
    const target = out + floats(group * filters);
    for (let j = 0; j < filters; j += lanes ? 4 : 8) {
      const live = min(filters - j, lanes ? 4 : 8);
      const width = live > 4 ? 8 : 4;
      // Lanes at the edge are moved left to end there.
      const from = lanes ? min(j, filters - 4) : j;
      pack(it, part, turned, panel, group, from, width, lanes ? 4 : live);
      sweep(
        edge,
        target + floats(from),
        pixels,
        count,
        lanes ? source + floats(from) : source,
        taps,
        panel,
        floats(width),
        terms,
        lanes,
        width,
        live,
        false,
      );
    }
  }
}

/** The columns `j` … of a group of the kernel, or its rows if `turned`, for the taps of the axes, as [terms, width]. */
function pack(
  it: ConvolutionOperands,
  part: i32,
  turned: bool,
  panel: usize,
  group: i32,
  j: i32,
  width: i32,
  live: i32,
): void {
  const rows = rowsOf(it, part);
  const columns = columnsOf(it, part);
  const row = floats(it.o);
  const lanes = areLanes(it);
  const each = it.c / it.groups;
  const filters = it.o / it.groups;
  const terms = turned ? filters : each;
  const first =
    it.b + (lanes ? floats(j) : turned ? <usize>j * row + floats(group * filters) : floats(group * filters + j));
  if (!turned) return packPanel(panel, first, row, 4, width, live, it.kh * it.kw * each);
  for (let p = 0; p < it.kh; p++) {
    if (!rows.has(p)) continue;
    for (let q = 0; q < it.kw; q++) {
      if (!columns.has(q)) continue;
      const tap = first + <usize>((p * it.kw + q) * each) * row;
      packPanel(panel, tap, lanes ? row : 4, lanes ? 4 : row, width, live, terms);
      panel += floats(terms * width);
    }
  }
}

/**
 * The gradient by the kernel: out[kh, kw, c / groups, o] = the sum of a · b over all results that the weight is part
 * of, for images a and gradients b [n, oh, ow, o]. Parts share tiles of rows in panels of columns.
 */
export function convolutionKernel(it: ConvolutionKernelOperands, part: i32, parts: i32): void {
  byKernel(changetype<ConvolutionOperands>(it), part, parts);
}

function byKernel(it: ConvolutionOperands, part: i32, parts: i32): void {
  if (isByWinograd(it)) return correlateSlopes(it, part, parts);
  rowsOf(it, part).set(it.h, it.oh, it.strideH, it.kh, -it.top, it.dilationH, 1);
  columnsOf(it, part).set(it.w, it.ow, it.strideW, it.kw, -it.left, it.dilationW, 1);
  const strip = stripOf(it, part);
  // Of four channels alone there are but three sums at a time, each of which waits for itself: tiles have five.
  if (isDepthwise(it) && it.c > 4) return correlateDepthSlopes(it, windowOf(it, part), part, parts);
  const lanes = areLanes(it);
  const groups = lanes ? 1 : it.groups;
  if (groups === 0) return;
  const filters = it.o / groups;
  const each = it.c / it.groups;
  const panels = (filters + (lanes ? 3 : 7)) / (lanes ? 4 : 8);
  const height = it.kh * it.kw * each;
  const tiles = (height + HEIGHT - 1) / HEIGHT;
  const most = min(it.rows, it.oh);
  const work = <i32>min<i64>((<i64>it.n * it.oh * it.ow * HEIGHT * 8) / CHEAP, i32.MAX_VALUE);
  const range = rangeOf(groups * panels * tiles, work, 1, part, parts);
  if (startOf(range) >= endOf(range)) return;

  const pixels = scratchOf(it, part) + TABLES;
  const taps = pixels + <usize>(most * it.ow) * ENTRY;
  const panel = taps + <usize>height * ENTRY;
  const place = panel + floats(most * it.ow * 8);
  const row = floats(it.o);
  strip.begin(most, floats(it.c), place);
  strip.listTaps(taps, each, row);
  strip.listPixels(pixels, most, 0, 0);
  const end = it.n * it.oh;
  // At least once, so that the sum of nothing is written.
  let at = 0;
  do {
    const image = at / it.oh;
    const first = at - image * it.oh;
    const count = min(min(most, it.oh - first), end - at);
    const a = count > 0 ? strip.read(it.a + <usize>(image * it.h * it.w) * strip.pixel, first, count) : it.a;
    const b = it.b + <usize>(at * it.ow) * row;
    for (let item = startOf(range), some = 0; item < endOf(range); item += some) {
      const column = item / tiles;
      const tile = item - column * tiles;
      some = min(tiles - tile, endOf(range) - item);
      const group = column / panels;
      const j = (column - group * panels) * (lanes ? 4 : 8);
      const live = min(filters - j, lanes ? 4 : 8);
      const width = live > 4 ? 8 : 4;
      const from = lanes ? min(j, filters - 4) : j;
      const terms = count * it.ow;
      const to = floats(group * filters + from);
      const source = a + floats(lanes ? from : group * each);
      if (terms > 0) packPanel(panel, b + to, row, 4, width, lanes ? 4 : live, terms);
      const heights = min(some * HEIGHT, height - tile * HEIGHT);
      sweep(
        scratchOf(it, part),
        it.out + to,
        taps + <usize>(tile * HEIGHT) * ENTRY,
        heights,
        source,
        pixels,
        panel,
        floats(width),
        terms,
        lanes,
        width,
        live,
        at > 0,
      );
    }
    at += count;
  } while (at < end);
}

/**
 * Multiplies a panel of B by `count` rows of A, tile by tile. Tiles with fewer rows, or with `live` of `width` columns,
 * the last ones of lanes, are computed beside the results and copied.
 */
function sweep(
  scratch: usize,
  c: usize,
  rows: usize,
  count: i32,
  a: usize,
  terms: usize,
  b: usize,
  bStep: usize,
  k: i32,
  lanes: bool,
  width: i32,
  live: i32,
  resume: bool,
): void {
  let left = count;
  if (live === width) {
    for (; left >= HEIGHT; left -= HEIGHT) {
      Tile.multiply(lanes, width, c, rows, a, terms, b, bStep, k, resume);
      rows += <usize>HEIGHT * ENTRY;
    }
  }
  const skipped = lanes ? floats(width - live) : 0;
  for (; left > 0; left -= HEIGHT) {
    const height = min(left, HEIGHT);
    for (let i = 0; i < HEIGHT; i++) {
      const last = min(i, height - 1);
      const entry = scratch + EDGE_ROWS + <usize>i * ENTRY;
      store<usize>(entry, load<usize>(rows + <usize>last * ENTRY));
      store<usize>(entry, <usize>last * EDGE_ROW, 4);
    }
    const edge = scratch + EDGE;
    if (resume) copyEdge(edge, c, rows, height, live, skipped, false);
    Tile.multiply(lanes, width, edge, scratch + EDGE_ROWS, a, terms, b, bStep, k, resume);
    copyEdge(edge, c, rows, height, live, skipped, true);
    rows += <usize>HEIGHT * ENTRY;
  }
}

/** Copies the live columns of the tile at an edge to their place, or from there. */
function copyEdge(edge: usize, c: usize, rows: usize, height: i32, live: i32, skipped: usize, out: bool): void {
  for (let i = 0; i < height; i++) {
    let place = c + load<usize>(rows, 4) + skipped;
    let inTile = edge + <usize>i * EDGE_ROW + skipped;
    for (let j = 0; j < live; j++) {
      if (out) store<u32>(place, load<u32>(inTile));
      else store<u32>(inTile, load<u32>(place));
      place += 4;
      inTile += 4;
    }
    rows += ENTRY;
  }
}
