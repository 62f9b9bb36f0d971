// What a training must have come to. Each returns words for the line that is printed, or throws.

import assert from 'node:assert/strict';

/** TypeScript kernels in place of wasm, with the reason. */
export function expectFallback({ backend, reason, hash }) {
  assert.equal(backend, 'js', `ran on ${backend}`);
  assert.match(reason, /^WebAssembly with SIMD cannot run here: ./);
  return { backend, hash, says: reason };
}

/** Wasm, with so many threads, and no reason for less. */
export function expectWasm({ backend, reason, threads, hash }, wanted = 1) {
  assert.equal(backend, 'wasm', reason);
  assert.equal(reason, undefined);
  assert.equal(threads, wanted);
  return { backend, hash, says: wanted === 1 ? 'wasm' : `wasm, ${threads} threads` };
}

/** One thread of wasm in place of several, with a reason that matches. */
export function expectOneThread({ backend, reason, threads, hash }, why = /./) {
  assert.equal(backend, 'wasm', reason);
  assert.equal(threads, 1);
  assert.match(reason ?? 'no reason', why);
  return { backend, hash, says: reason };
}
