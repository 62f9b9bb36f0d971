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

/** Folders by the path that they are served under, the longest path first. */
const FOLDERS = { '/wasmgrad/': new URL('../../dist/', import.meta.url), '/': new URL('.', import.meta.url) };

/** Where the file of a path is. A path of a URL has no .. in it. */
function fileOf(path, folders) {
  const [prefix, folder] = Object.entries(folders).find(([prefix]) => path.startsWith(prefix));
  return new URL(`./${path.slice(prefix.length) || 'index.html'}`, folder);
}

/** @returns a server that listens on `port` of this machine, or with 0 on any that is free */
export async function serve(port, { isolated = true, folders = FOLDERS } = {}) {
  const server = createServer(async ({ url }, response) => {
    const file = fileOf(new URL(url, 'http://localhost').pathname, folders);
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
