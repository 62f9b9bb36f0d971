// chain: neighbouring elementwise instructions over equally many elements, which run strip by strip: a strip goes through
// all of them while it is in cache, and threads meet once, behind the last. Pure: a graph to ranges of its nodes.

import type { Graph } from './graph.js';

/** Nodes `from` to `to` of a graph, both included; others in between emit nothing. */
export interface Chain {
  readonly from: number;
  readonly to: number;
  readonly strips: number;
}

/** Elements of a strip: what a few ops read and write of it fits the L1 or L2 cache. */
const STRIP = 4096;

/** Elements from which on a chain pays (docs/architecture.md has the numbers). */
const LEAST = 65536;

/** The chains of a graph, in its order. */
export function chainsOf({ nodes }: Graph): Chain[] {
  const chains: Chain[] = [];
  let links: number[] = [];
  const close = (): void => {
    const [from, to] = [links[0]!, links.at(-1)!];
    if (links.length > 1) chains.push({ from, to, strips: Math.ceil(nodes[from]!.size / STRIP) });
    links = [];
  };
  nodes.forEach((node, i) => {
    if (!node.op.emit) return;
    const fits = node.op.elementwise && node.size >= LEAST;
    if (!fits || (links.length > 0 && nodes[links[0]!]!.size !== node.size)) close();
    if (fits) links.push(i);
  });
  close();
  return chains;
}
