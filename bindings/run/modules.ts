// Where a wasm module may come from, and how it is compiled. `instanceof` is not used: a module that was made in
// another realm (a worker, the sandbox of an edge runtime) is no instance of this realm's WebAssembly.Module.

import { check, show, WasmgradError } from '../errors.js';
import { nodeModule } from './node.js';

/**
 * A WebAssembly.Module. These types say what is needed of it, of a URL and of a Response: not every program has the
 * DOM's.
 */
export interface WasmModule {
  readonly [Symbol.toStringTag]?: 'WebAssembly.Module';
}

/** A URL. */
export interface UrlLike {
  readonly href: string;
  toString(): string;
}

/** The answer to a request, as `fetch` gives it. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A compiled module, its bytes, where they are, or the answer to a request for them. */
export type WasmSource = WasmModule | ArrayBuffer | ArrayBufferView | UrlLike | ResponseLike | string;

const tag = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** What was compiled: a Response can be read only once. */
const compiled = new WeakMap<object, Promise<WebAssembly.Module>>();

/** The module of a source. Throws what WebAssembly throws if it can't be compiled here. */
export async function compile(source: WasmSource | Promise<WasmSource>): Promise<WebAssembly.Module> {
  check(typeof WebAssembly === 'object', () => 'there is no WebAssembly');
  const value = await source;
  if (typeof value !== 'object' || value === null) return moduleOf(value);
  const module = compiled.get(value) ?? moduleOf(value);
  compiled.set(value, module);
  return module;
}

async function moduleOf(value: WasmSource): Promise<WebAssembly.Module> {
  if (tag(value) === 'WebAssembly.Module') return value as WebAssembly.Module;
  if (typeof value === 'string' || tag(value) === 'URL') return WebAssembly.compile(await read(String(value)));
  if (tag(value) === 'Response') return WebAssembly.compile(await bytesOf(value as ResponseLike));
  const bytes = ArrayBuffer.isView(value) || tag(value).endsWith('ArrayBuffer');
  if (bytes) return WebAssembly.compile(value as BufferSource);
  throw new WasmgradError(`expected a WebAssembly.Module, its bytes, a URL or a Response, got ${show(value)}`);
}

async function read(url: string): Promise<BufferSource> {
  if (!url.startsWith('file:')) return bytesOf(await fetch(url));
  // Node's fetch does not read files.
  const { readFile } = await nodeModule<{ readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> }>('fs/promises');
  return readFile(new URL(url));
}

async function bytesOf(response: ResponseLike): Promise<BufferSource> {
  if (!response.ok) throw new WasmgradError(`${response.url || 'the response'} answered ${response.status}`);
  return response.arrayBuffer();
}
