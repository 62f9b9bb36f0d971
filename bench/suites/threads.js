// Several threads against one, both on wasm: large products and the networks. The bits must be the same.

import { availableParallelism } from 'node:os';
import { checkFinite, compareResults } from '../check.js';
import { compare } from '../measure.js';
import { NETWORKS, networkOn } from '../networks.js';
import { gigaflop, nameOf, operand, productProgram } from '../product.js';
import { runnerOf } from '../programs.js';
import { comparison } from '../report.js';
import { initOptions } from '../runtime.js';

const PRODUCTS = [512, 1024].map((size) => ({ m: size, k: size, n: size }));

export const run = comparison('threads', async ({ timing, threads = availableParallelism(), relaxed }, report) => {
  const sides = [threads, 1].map((count) => ({ backend: 'wasm', ...initOptions({ threads: count, relaxed }) }));
  const names = [`${threads} threads`, '1 thread'];
  const measure = async (name, { unit, perCall }, works) => {
    const rates = await compare({ [names[0]]: works[0].run, [names[1]]: works[1].run }, timing);
    report({ name, unit, perCall, ...rates });
  };
  for (const product of PRODUCTS) {
    const works = [];
    for (const options of sides) works.push(await productOn(product, options));
    compareResults(
      nameOf(product),
      works.map((work) => Array.from(work.results()[0])),
      0,
    );
    await measure(nameOf(product), { unit: 'GFLOP/s', perCall: gigaflop(product) }, works);
    for (const work of works) work.dispose();
  }
  for (const network of NETWORKS) {
    const works = [];
    for (const options of sides) works.push(await networkOn(network, options));
    compareResults(network.name, [await works[0].results(), await works[1].results()], 0);
    await measure(network.name, works[0], works);
    checkFinite(network.name, ...works);
    for (const work of works) work.dispose();
  }
});

async function productOn(product, options) {
  const { m, k, n } = product;
  const work = productProgram(await runnerOf(options), product, operand(m * k, 3), operand(k * n, 4));
  work.run(1);
  work.check();
  return work;
}
