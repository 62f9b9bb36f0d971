// init({ module }): the kernels from wherever they are.

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InitOptions, init, runtimeInfo, tensor } from '../bindings/index.js';

type Source = InitOptions['module'];

const FILE = 'build/core.wasm';
const bytes = new Uint8Array(readFileSync(FILE));
const buffer = (): ArrayBuffer => bytes.slice().buffer;

let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer(({ url }, response) => {
    if (url !== '/core.wasm') response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/wasm' }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  base = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

/** A module of another realm is none of this one's WebAssembly.Module. */
function foreignModule(): WebAssembly.Module {
  const module = runInNewContext('new WebAssembly.Module(bytes)', { bytes });
  expect(module instanceof WebAssembly.Module).toBe(false);
  return module;
}

const SOURCES: Record<string, () => Source> = {
  'a WebAssembly.Module': () => new WebAssembly.Module(bytes),
  'a module of another realm': foreignModule,
  'a typed array': () => bytes,
  'a Node Buffer, a view of a larger buffer': () => readFileSync(FILE),
  'an ArrayBuffer': buffer,
  'an ArrayBuffer of another realm': () => runInNewContext('Uint8Array.from(bytes).buffer', { bytes }),
  'a file URL': () => pathToFileURL(FILE),
  'a file URL as a string': () => pathToFileURL(FILE).href,
  'a URL': () => new URL(`${base}/core.wasm`),
  'a URL as a string': () => `${base}/core.wasm`,
  'a data URL': () => `data:application/wasm;base64,${Buffer.from(bytes).toString('base64')}`,
  'a Response': () => new Response(bytes),
  'a promise of a module': () => WebAssembly.compile(bytes),
  'a promise of bytes': async () => buffer(),
  'fetch, not awaited': () => fetch(`${base}/core.wasm`),
};

describe('init({ module })', () => {
  it.each(Object.entries(SOURCES))('takes %s', async (_, source) => {
    const info = await init({ module: source(), backend: 'wasm' });
    expect(info).toEqual({ backend: 'wasm', precision: 'float32', simd: true, relaxedSimd: false, threads: 1 });
    expect(tensor([1, 2, 3]).mul(2).sum().item()).toBe(12);
  });

  it('takes one source as often as it is given, a Response too', async () => {
    const module = new Response(bytes);
    await init({ module, backend: 'wasm' });
    await init({ backend: 'js' });
    expect((await init({ module, backend: 'wasm' })).backend).toBe('wasm');
  });

  it('takes one Response for one thread and for several, at the same time too', async () => {
    const module = new Response(readFileSync('build/threads.wasm'));
    const infos = await Promise.all([1, 2, 3].map((threads) => init({ module, threads, backend: 'wasm' })));
    expect(infos.at(-1)!.threads).toBe(3);
    expect((await init({ module, threads: 2, backend: 'wasm' })).threads).toBe(2);
  });

  it('says what the module is, not what was asked for', async () => {
    const info = await init({ module: bytes, relaxedSimd: true, backend: 'wasm' });
    expect(info.relaxedSimd).toBe(false);
    expect(info.reason).toBe('not with relaxed SIMD: the module given to init is exact');
  });

  const BROKEN: Record<string, [() => Source, RegExp]> = {
    'bytes that are no wasm': [() => new Uint8Array([1, 2, 3, 4]), /expected magic word/],
    'bytes of another module': [
      () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
      /the module given to init is none of this version of wasmgrad: it exports nothing/,
    ],
    'a URL that is not there': [() => `${base}/nowhere.wasm`, /http:\/\/localhost:\d+\/nowhere\.wasm answered 404/],
    'a file that is not there': [() => pathToFileURL('build/nowhere.wasm'), /ENOENT.*nowhere\.wasm/],
    'an answer of 404': [() => fetch(`${base}/nowhere.wasm`), /nowhere\.wasm answered 404/],
    'a promise that fails': [() => Promise.reject(new Error('no network')), /no network/],
    'what is no source': [
      () => ({ bytes }) as unknown as Source,
      /expected a WebAssembly\.Module, its bytes, a URL or a Response, got an object of type Object/,
    ],
  };

  it.each(Object.entries(BROKEN))('falls back to TypeScript for %s, and says why', async (_, [source, reason]) => {
    await expect(init({ module: source(), backend: 'wasm' })).rejects.toThrow(reason);
    const info = await init({ module: source() });
    expect(info).toMatchObject({ backend: 'js', reason: expect.stringMatching(reason) });
    expect(tensor([1, 2, 3]).sum().item()).toBe(6);
  });

  it('refuses at once what can be no source', async () => {
    const wrong = /init: module must be a WebAssembly\.Module, its bytes, a URL or a Response, got 7/;
    await expect(init({ module: 7 as unknown as Source })).rejects.toThrow(wrong);
  });

  it('of the module of threads: one thread without, several with them', async () => {
    const module = pathToFileURL('build/threads.wasm');
    for (const threads of [1, 2]) {
      const info = await init({ module, threads, backend: 'wasm' });
      expect([info.threads, info.reason]).toEqual([threads, undefined]);
      expect(tensor([1, 2, 3]).sum().item()).toBe(6);
    }
  });

  it('of one thread, with threads: says why it is one', async () => {
    const { threads, reason } = await init({ module: bytes, threads: 2 });
    expect([threads, reason]).toEqual([1, 'one thread, not 2: the module given to init is that of one thread']);
  });
});

describe('init, called again before it is done,', () => {
  /** A source that comes when `arrive` is called. */
  function later(): { source: Promise<Uint8Array<ArrayBuffer>>; arrive: () => void } {
    let arrive = () => {};
    const source = new Promise<Uint8Array<ArrayBuffer>>((resolve) => {
      arrive = () => resolve(bytes);
    });
    return { source, arrive };
  }

  it('leaves what the last call asked for, whichever ends last', async () => {
    const { source, arrive } = later();
    const first = init({ module: source });
    const last = await init({ backend: 'js' });
    arrive();
    expect([(await first).backend, last.backend]).toEqual(['js', 'js']);
    expect(runtimeInfo().backend).toBe('js');
  });

  it('leaves what there is where the last call fails', async () => {
    const { source, arrive } = later();
    const first = init({ module: source, backend: 'wasm' });
    await expect(init({ module: Uint8Array.of(1), backend: 'wasm' })).rejects.toThrow(/WebAssembly\.compile/);
    arrive();
    await first;
    expect(runtimeInfo().backend).toBe('wasm');
  });
});
