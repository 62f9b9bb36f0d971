// Two spirals, one wound into the other: a classic that no straight line separates.

/** `count` points as x, y, x, y … in -5 … 5, and the spiral of each, 0 or 1. The same ones every time. */
export function spirals(count) {
  const points = new Float32Array(count * 2);
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  labels.forEach((label, i) => {
    const radius = 0.2 + 4.6 * (i / count);
    const angle = 5 * Math.PI * Math.sqrt(i / count) + label * Math.PI;
    points.set([radius * Math.cos(angle), radius * Math.sin(angle)], i * 2);
  });
  return { points, labels };
}
