// Checks results: every suite does it before it times anything.

/** Throws unless two sides had the same results, within `tolerance` of the largest. */
export function compareResults(what, [first, second], tolerance) {
  const scale = second.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const bad = second.findIndex((value, i) => !(Math.abs(first[i] - value) <= tolerance * scale));
  if (bad >= 0) throw new Error(`${what}: number ${bad} is ${first[bad]} on one side, ${second[bad]} on the other`);
}

/** Throws if the results became NaN or infinite while they were timed. */
export function checkFinite(what, ...networks) {
  for (const { last } of networks) {
    if (!Number.isFinite(last())) throw new Error(`${what}: a result became ${last()} while it was timed`);
  }
}
