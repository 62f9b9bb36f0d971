// Small networks by the thousand, as evolution or reinforcement learning has them. What each library does is in its adapter.

/** How many there are at once. */
export const NETWORKS = 1000;

/** What is done with each, by workload. */
const WAYS = { makeMany: 'make', cloneMany: 'make, predict, clone', predictMany: 'predict once more' };

const entries = (made) => Object.fromEntries(Object.entries(WAYS).map(([name, way]) => [name, made(way)]));

export const MANY = entries((way) => ({ title: `${way}: a network 6-8-2, one of ${NETWORKS}`, kind: 'many', way }));

/** The styles of an adapter, for these workloads. */
export const MANY_STYLES = entries(() => ['each']);
