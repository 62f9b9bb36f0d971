// Serves the folder with the package, and one page, under whatever headers its URL asks for.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const PAGE = `<!doctype html><title>wasmgrad</title><link rel="icon" href="data:,">
<script type="module" src="/page/page.js"></script>`;
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** @returns its `url` for a page that does a job, and `close` */
export async function serve(folder) {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const headers = JSON.parse(searchParams.get('headers') ?? '{}');
    if (pathname === '/') return response.writeHead(200, { 'Content-Type': 'text/html', ...headers }).end(PAGE);
    try {
      const content = await readFile(join(folder, pathname));
      // Workers of an isolated page must be isolated themselves.
      const isolated = { 'Cross-Origin-Embedder-Policy': 'require-corp' };
      response.writeHead(200, { 'Content-Type': TYPES[extname(pathname)] ?? 'text/plain', ...isolated }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    url: ({ job, options, headers }) => {
      const [o, h] = [options, headers].map((value) => encodeURIComponent(JSON.stringify(value)));
      return `http://127.0.0.1:${port}/?job=${encodeURIComponent(job)}&options=${o}&headers=${h}`;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
