// Dates as ISO 8601 writes them: 2024-01-31, which may have a time behind it. Not here: columns that have them
// (column.ts).

/** A date, and what may stand behind it: hours and minutes, seconds, and how far they are from UTC. */
export const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

const DAY = 24 * 60 * 60 * 1000;

/**
 * Days since 1970-01-01; a time is a part of a day, in UTC unless it says otherwise. Undefined if there is no such
 * date.
 */
export function daysOf(text: string): number | undefined {
  if (!DATE.test(text)) return undefined;
  const [date, time] = [text.slice(0, 10), text.slice(11)];
  const day = Date.parse(date);
  // An engine may take February 30 for March 1.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date) return undefined;
  const zoned = time === '' || /Z|[+-]/.test(time) ? time : `${time}Z`;
  const at = time === '' ? day : Date.parse(`${date}T${zoned.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(at) ? undefined : at / DAY;
}
