// Drawing in a terminal: progress, tables, digits. Plain lines where there is no terminal.

import { plot } from 'asciichart';
import { Presets, SingleBar } from 'cli-progress';

const seconds = (ms) => (ms / 1000).toFixed(1);

/**
 * A callback for fit that shows epoch, samples/s, loss and accuracy: as a bar in a terminal, else a line an epoch.
 *
 * @param {NodeJS.WriteStream} out
 * @returns {import('wasmgrad').Callback}
 */
export function progress(out = process.stdout) {
  return out.isTTY ? bar(out) : lines(out);
}

const describe = (logs) => {
  const { loss, accuracy, valLoss, valAccuracy } = logs;
  const parts = [`loss ${loss.toFixed(4)}`, `accuracy ${accuracy.toFixed(4)}`];
  if (valLoss !== undefined) parts.push(`validation loss ${valLoss.toFixed(4)}, accuracy ${valAccuracy.toFixed(4)}`);
  return parts.join(', ');
};

function bar(stream) {
  const format = 'epoch {epoch}/{epochs} {bar} {percentage}%  {rate} samples/s  {text}';
  const bars = new SingleBar({ format, stream, barsize: 24, hideCursor: true }, Presets.shades_classic);
  let start = 0;
  let shown = { epoch: '1', epochs: '?', rate: '-', text: '' };
  return {
    onEpochBegin: (epoch) => {
      start = performance.now();
      shown = { ...shown, epoch: String(epoch + 1) };
    },
    onProgress: ({ epoch, epochs, sample, samples, logs }) => {
      const rate = Math.round((sample / (performance.now() - start)) * 1000).toLocaleString('en-US');
      shown = { epoch: String(epoch + 1), epochs: String(epochs), rate, text: describe(logs) };
      if (!bars.isActive) bars.start(samples, sample, shown);
      bars.update(sample, shown);
    },
    onEpochEnd: (_epoch, logs) => {
      bars.update({ ...shown, text: describe(logs) });
      bars.stop();
    },
  };
}

function lines(stream) {
  let start = 0;
  let samples = 0;
  return {
    onEpochBegin: () => {
      start = performance.now();
    },
    onProgress: (p) => {
      samples = p.samples;
    },
    onEpochEnd: (epoch, logs) => {
      const took = performance.now() - start;
      const rate = Math.round((samples / took) * 1000).toLocaleString('en-US');
      stream.write(`epoch ${epoch + 1}: ${seconds(took)} s, ${rate} samples/s, ${describe(logs)}\n`);
    },
  };
}

/**
 * Rows of cells as aligned columns, numbers to the right.
 *
 * @param {(string | number)[][]} rows
 */
export function table(rows) {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => String(row[c]).length)));
  return rows.map((row) => row.map((cell, c) => String(cell).padStart(widths[c])).join('  ')).join('\n');
}

/**
 * Numbers over the epochs as a curve, 8 lines high.
 *
 * @param {string} title
 * @param {number[]} values
 */
export function curve(title, values) {
  // A column an epoch would be narrow: each is repeated.
  const wide = values.flatMap((value) => new Array(Math.max(1, Math.floor(60 / values.length))).fill(value));
  return `${title}\n${plot(wide, { height: 8, format: (y) => y.toFixed(4).padStart(9) })}`;
}

/**
 * How often each class was taken for each other one: a row a label, a column a prediction.
 *
 * @param {ArrayLike<number>} labels
 * @param {ArrayLike<number>} predicted
 * @param {string[]} names
 */
export function confusion(labels, predicted, names) {
  const counts = names.map(() => new Array(names.length).fill(0));
  Array.from(labels).forEach((label, i) => {
    counts[label][predicted[i]]++;
  });
  return table([['', ...names], ...counts.map((row, i) => [names[i], ...row])]);
}

const SHADES = [' ', '░', '▒', '▓', '█'];

/**
 * Images of 28 x 28 pixels, bytes, side by side, two pixels of height a line.
 *
 * @param {Uint8Array[]} images
 */
export function drawImages(images) {
  const line = (image, y) =>
    Array.from({ length: 28 }, (_, x) => {
      const ink = (image[y * 28 + x] + image[(y + 1) * 28 + x]) / 510;
      return SHADES[Math.min(4, Math.round(ink * 4))];
    }).join('');
  return Array.from({ length: 14 }, (_, k) => images.map((image) => line(image, 2 * k)).join(' ')).join('\n');
}
