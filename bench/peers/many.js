// The workload `many`: small networks, as evolution or reinforcement learning has them. What each library does is in its adapter.

/** How many there are at once. */
export const NETWORKS = 1000;

/** What is done with each. */
export const WAYS = ['make', 'make, predict, clone', 'predict once more'];
