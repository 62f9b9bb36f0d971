// Models of TensorFlow.js: they predict what TensorFlow.js predicts, from paths, addresses and bytes.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../../bindings/index.js';
import { loadTensorflowJs } from '../../bindings/keras.js';
import { bytesOf, expectPredictions, pathOf, predictionsOf } from './fixtures.js';

beforeAll(() => wg.init({ backend: 'wasm', seed: 1 }));

const NAMES = ['tf-images', 'tf-series', 'tf-branches', 'tf-recurrent', 'tf-uint8', 'tf-uint16', 'tf-float16'];

/** The model.json of a fixture, changed. */
function changed(name: string, change: (json: { weightsManifest: { paths: string[] }[] }) => void): Uint8Array {
  const json = JSON.parse(new TextDecoder().decode(bytesOf(`${name}-model.json`)));
  change(json);
  return new TextEncoder().encode(JSON.stringify(json));
}

const beside = (path: string): Uint8Array => bytesOf(path);

describe('loadTensorflowJs', () => {
  it.each(NAMES)('%s predicts what it did there', async (name) => {
    const net = await loadTensorflowJs<never, never>(pathOf(`${name}-model.json`));
    expectPredictions(net, predictionsOf(name));
  });

  describe('from elsewhere', () => {
    let server: Server;
    let address: string;
    beforeAll(async () => {
      server = createServer((request, response) => {
        const name = decodeURIComponent(request.url!.split('/').at(-1)!);
        if (!/^[\w.-]+$/.test(name) || request.url!.includes('nothing')) response.writeHead(404).end();
        else response.end(bytesOf(name));
      });
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/tf-images-model.json`;
    });
    afterAll(() => void server.close());

    it('is fetched with its weights: an address, a URL, an answer', async () => {
      for (const from of [address, new URL(address), fetch(address)]) {
        expectPredictions(await loadTensorflowJs(from as never), predictionsOf('tf-images'));
      }
      await expect(loadTensorflowJs(`${address}/nothing`)).rejects.toThrow('could not be fetched: status 404');
    });

    it('is given as bytes, with its weights by path or by a function', async () => {
      const bytes = bytesOf('tf-uint8-model.json');
      const path = 'tf-uint8-shard1of1.bin';
      const expected = predictionsOf('tf-uint8');
      expectPredictions(await loadTensorflowJs(bytes, { weights: { [path]: beside(path) } }), expected);
      expectPredictions(await loadTensorflowJs(bytes, { weights: beside }), expected);
      const dotted = changed('tf-uint8', ({ weightsManifest }) => {
        weightsManifest[0]!.paths = [`./${path}`];
      });
      expectPredictions(await loadTensorflowJs(dotted, { weights: { [path]: beside(path) } }), expected);
      expectPredictions(await loadTensorflowJs(pathToFileURL(pathOf('tf-uint8-model.json'))), expected);
      await expect(loadTensorflowJs(bytes)).rejects.toThrow(
        `its weights are in '${path}', and where that is is not known`,
      );
      await expect(loadTensorflowJs(bytes, { weights: {} })).rejects.toThrow(`pass weights: { '${path}': … }`);
    });
  });
});
