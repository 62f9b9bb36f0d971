// A meter of frame times: how many milliseconds lie between the frames that a page draws.

/** A frame in time: one of 60 a second, and the jitter of a screen's clock. */
const IN_TIME_MS = 20;

export function frameMeter() {
  const times = [];
  let last;
  return {
    times,
    /** Call it at every frame with the time that requestAnimationFrame gives. */
    tick(now) {
      if (last !== undefined) times.push(now - last);
      last = now;
    },
    text() {
      if (times.length === 0) return '';
      const recent = times.slice(-60);
      const rate = 1000 / (recent.reduce((a, b) => a + b) / recent.length);
      const share = times.filter((ms) => ms < IN_TIME_MS).length / times.length;
      const longest = Math.max(...times);
      return `${rate.toFixed(0)} frames a second, ${(100 * share).toFixed(1)} % in time, the longest ${longest.toFixed(0)} ms`;
    },
  };
}
