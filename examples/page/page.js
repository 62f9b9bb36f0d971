// Draws at every frame what the worker sent last, and counts the frames.

import { frameMeter } from './frames.js';
import { spirals } from './spirals.js';

const EPOCHS = 200;
const COLUMNS = 64;
const ROWS = 40;
/** Half of the width and of the height that is shown, in the units of the points. */
const REACH = [8, 5];

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const threads = Number(query.get('threads') ?? Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1)));

const { points, labels } = spirals(2000);
const grid = Float32Array.from({ length: ROWS * COLUMNS * 2 }, (_, i) => {
  const at = i >> 1;
  const share = i % 2 === 0 ? ((at % COLUMNS) + 0.5) / COLUMNS : (Math.floor(at / COLUMNS) + 0.5) / ROWS;
  return (2 * share - 1) * REACH[i % 2];
});

const losses = [];
let latest;
let failure;
const worker = new Worker('worker.js', { type: 'module' });
worker.onmessage = ({ data }) => {
  latest = data;
  losses.push(data.loss);
};
worker.onerror = ({ message }) => {
  failure = message;
};
worker.postMessage({ points, labels, grid, epochs: EPOCHS, threads });

const meter = frameMeter();

function draw(now) {
  meter.tick(now);
  if (latest) {
    drawPlane($('plane').getContext('2d'), latest.map);
    drawLoss($('loss').getContext('2d'));
  }
  $('status').textContent = statusText();
  if (!latest?.done && !failure) requestAnimationFrame(draw);
  // For tests, which read it.
  globalThis.result = failure ? { failure } : latest?.done && { ...latest, losses, frames: meter.times };
}
requestAnimationFrame(draw);

function statusText() {
  if (failure) return `the worker failed: ${failure}`;
  if (!latest) return 'starting';
  const { runtime, epoch, loss, accuracy } = latest;
  const place = `${runtime.backend}, threads ${runtime.threads}${runtime.reason ? ` (${runtime.reason})` : ''}`;
  return `epoch ${epoch + 1}/${EPOCHS}  loss ${loss.toFixed(4)}  accuracy ${accuracy.toFixed(3)}\n${meter.text()}\n${place}`;
}

/** What the network thinks, as colours, and the points. */
function drawPlane(context, map) {
  const { width, height } = context.canvas;
  const image = new ImageData(COLUMNS, ROWS);
  map.forEach((p, i) => {
    image.data.set([255 * p, 120, 255 * (1 - p), 110], i * 4);
  });
  small.putImageData(image, 0, 0);
  context.clearRect(0, 0, width, height);
  context.drawImage(small.canvas, 0, 0, width, height);
  labels.forEach((label, i) => {
    context.fillStyle = label ? '#c01030' : '#1030c0';
    const x = (points[2 * i] / REACH[0] + 1) * (width / 2);
    const y = (points[2 * i + 1] / REACH[1] + 1) * (height / 2);
    context.fillRect(x - 1.5, y - 1.5, 3, 3);
  });
}

const small = new OffscreenCanvas(COLUMNS, ROWS).getContext('2d');

function drawLoss(context) {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  context.beginPath();
  losses.forEach((loss, i) => {
    context.lineTo((i / (EPOCHS - 1)) * width, height - 4 - (loss / losses[0]) * (height - 8));
  });
  context.stroke();
}
