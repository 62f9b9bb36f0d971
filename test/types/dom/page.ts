// A program for a page: where the kernels come from, in the DOM's types.

import { init, type WasmSource } from 'wasmgrad';
import core from 'wasmgrad/core.wasm';

export async function start(): Promise<void> {
  const url = new URL('core.wasm', 'https://example.org');
  await init({ module: url });
  await init({ module: String(url) });
  await init({ module: fetch(url) });
  await init({ module: await fetch(url) });
  await init({ module: WebAssembly.compileStreaming(fetch(url)) });
  await init({ module: new WebAssembly.Module(new Uint8Array(8)) });
  await WebAssembly.instantiate(core);
}

export const sources = (bytes: BufferSource, module: WebAssembly.Module): WasmSource[] => [bytes, module];

// @ts-expect-error: an element is none
init({ module: document.body });
