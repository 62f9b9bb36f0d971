// How logs are shown to people.

import type { Logs } from './callback.js';

/** Loss and metrics by name: 'loss 0.1234, accuracy 0.9876'. */
export const logsText = (logs: Logs): string =>
  Object.entries(logs)
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join(', ');

/** A number with commas: 12,345. */
export const countText = (value: number): string => Math.round(value).toLocaleString('en-US');

/** A time: '0.25 s', '12 s', '3:07', '1:02:03'. */
export function timeText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toPrecision(2)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
