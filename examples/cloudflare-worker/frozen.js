// A Cloudflare Worker that only predicts, by wasmgrad/run: a frozen model, without the library that trains. POST the 784 pixels of a
// handwritten digit, 0 … 255, and it says which it is.

import { loadFrozen } from 'wasmgrad/run';
import file from './digits.bin';

const digits = await loadFrozen(file);

export default {
  async fetch(request) {
    if (request.method !== 'POST') return new Response('POST { pixels: [784 numbers] }\n', { status: 405 });
    try {
      const { pixels } = await request.json();
      const probabilities = [...digits.predict(pixels)];
      return Response.json({ digit: probabilities.indexOf(Math.max(...probabilities)), probabilities });
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
};
