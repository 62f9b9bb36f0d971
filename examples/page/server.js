// A static server: this folder, and wasmgrad's build under /wasmgrad/. Isolated or not, that is whether it sends the two
// headers that let a page share memory among threads.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Where the file of a path is. A URL never leads above its root. */
function fileOf(path) {
  if (path.startsWith('/wasmgrad/')) return new URL(path.replace('/wasmgrad/', '../../dist/'), import.meta.url);
  return new URL(path === '/' ? './index.html' : `.${path}`, import.meta.url);
}

/** @returns a server that listens on `port` of this machine, or with 0 on any that is free */
export async function serve(port, { isolated = true } = {}) {
  const server = createServer(async ({ url }, response) => {
    const file = fileOf(new URL(url, 'http://localhost').pathname);
    try {
      const content = await readFile(file);
      response.writeHead(200, { 'content-type': TYPES[extname(file.pathname)] ?? '', ...(isolated ? ISOLATION : {}) });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(port, 'localhost', resolve));
  return server;
}
