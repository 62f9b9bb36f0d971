// The machine's own limits, measured with the loops of loops.ts, which are compiled when they are first wanted.

import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { instantiate } from '@assemblyscript/loader';
import asc from 'assemblyscript/asc';
import { quickRate } from '../measure.js';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const SOURCE = file('loops.ts');
const FOLDER = file('../../build/');

/** Numbers of chains, of which the quickest one shows the limit. */
const CHAINS = [8, 10, 12, 13];
/** Operations of a chain in one turn: 4 lanes, a multiplication and an addition in each. */
const FLOP = 8;
/** How many dependent steps `cycles` makes in one turn. */
const CYCLES = 8;
const ITERATIONS = 1000;
/** Arrays start this far from a multiple of 4 KiB after each other: aligned ones can be slower. */
const STAGGER = 1088;

/** Where they may start: after the module's own data. */
const FIRST = 4096;

/** Streams of each loop: how many arrays it walks over, and how often an element of them is read or written. */
export const STREAMS = {
  read: { arrays: 1, moves: 1 },
  fill: { arrays: 1, moves: 1 },
  copy: { arrays: 2, moves: 2 },
  triad: { arrays: 3, moves: 3 },
  select: { arrays: 4, moves: 4 },
  update2: { arrays: 3, moves: 5 },
  update3: { arrays: 4, moves: 7 },
};

/** Whether the engine has fused multiply-add: f32x4.relaxed_madd of three zeros. */
export const hasRelaxedSimd = () => {
  const type = [1, 5, 1, 0x60, 0, 1, 0x7b];
  const body = [0x41, 0, 0xfd, 0x11, 0x41, 0, 0xfd, 0x11, 0x41, 0, 0xfd, 0x11, 0xfd, 0x85, 2, 0x0b];
  const code = [10, body.length + 3, 1, body.length + 1, 0];
  return WebAssembly.validate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...type, 3, 2, 1, 0, ...code, ...body));
};

/** The path of the compiled loops. */
async function compiled(relaxed) {
  const target = `${FOLDER}loops${relaxed ? '-relaxed' : ''}.wasm`;
  if (existsSync(target) && statSync(target).mtimeMs > statSync(SOURCE).mtimeMs) return target;
  mkdirSync(FOLDER, { recursive: true });
  const features = relaxed ? ['--enable', 'relaxed-simd'] : [];
  const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--enable', 'simd', ...features];
  const { error, stderr } = await asc.main([SOURCE, '--outFile', target, ...flags]);
  if (error) throw new Error(`${SOURCE} did not compile: ${error.message}\n${stderr}`);
  return target;
}

async function instance(relaxed) {
  return (await instantiate(readFileSync(await compiled(relaxed)))).exports;
}

/**
 * @param {{ ms: number, samples: number }} pace how long each figure is measured
 * @returns the limits of arithmetic in GFLOP/s, and loops to time kernels against
 */
export async function machineLimits({ ms, samples }) {
  const loops = await instance(false);
  const relaxed = hasRelaxedSimd() ? await instance(true) : undefined;
  const rate = (work) => quickRate(work, ms, samples);
  const multiplyAdd = quickest(loops, rate);
  const fused = relaxed && quickest(relaxed, rate);
  const streamOf = (name, bytes) => stream(loops, name, bytes);
  /** GB/s of a walk over `bytes` in all. */
  const bandwidth = (name, bytes) => {
    const { run, perCall } = streamOf(name, bytes / STREAMS[name].arrays);
    return rate(run) * perCall;
  };
  const hertz = rate((calls) => loops.cycles(calls * ITERATIONS, 12345)) * ITERATIONS * CYCLES;
  return { gigahertz: hertz / 1e9, multiplyAdd, fused, bandwidth, stream: streamOf };
}

/** The largest rate that any number of chains reaches. */
function quickest(loops, rate) {
  const works = CHAINS.map((count) => {
    const loop = loops[`chains${count}`];
    const run = (calls) => loop(calls * ITERATIONS, 0.5, 1);
    const perCall = (count * FLOP * ITERATIONS) / 1e9;
    return { count, run, perCall, rate: rate(run) * perCall };
  });
  return works.reduce((best, one) => (one.rate > best.rate ? one : best));
}

/**
 * A walk over arrays of so many bytes each.
 *
 * @param {keyof typeof STREAMS} name
 */
function stream(loops, name, bytes) {
  const { arrays, moves } = STREAMS[name];
  const length = Math.ceil(bytes / 64) * 64;
  const step = length < 4096 ? length : Math.ceil((length - STAGGER) / 4096) * 4096 + STAGGER;
  const places = Array.from({ length: arrays }, (_, i) => FIRST + i * step);
  const missing = places.at(-1) + length - loops.memory.buffer.byteLength;
  if (missing > 0) loops.memory.grow(Math.ceil(missing / 65536));
  // A page that was never written is one page of zeros, which is read from the first cache however large the array is.
  for (const place of places) new Float32Array(loops.memory.buffer, place, length / 4).fill(1);
  return { run: (calls) => loops[name](calls, length, ...places), perCall: (length * moves) / 1e9 };
}
