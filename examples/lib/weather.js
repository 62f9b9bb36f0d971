// Four years of weather, a day a row, 2012 to 2015: measured by NOAA, from the npm package vega-datasets.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILE = new URL('../data/weather.csv', import.meta.resolve('vega-datasets'));

/**
 * The days of a city, one after the other; days of the year from 0, mm of rain, °C, m/s.
 *
 * @param {'Seattle' | 'New York'} city
 * @returns {{ year: number, dayOfYear: number, rain: number, high: number, low: number, wind: number }[]}
 */
export function loadWeather(city) {
  const rows = readFileSync(fileURLToPath(FILE), 'utf8').trim().split('\n').slice(1);
  return rows
    .map((row) => row.split(','))
    .filter(([location]) => location === city)
    .map(([, date, ...numbers]) => {
      const [rain, high, low, wind] = numbers.map(Number);
      const year = Number(date.slice(0, 4));
      const dayOfYear = Math.round((Date.parse(date) - Date.parse(`${year}-01-01`)) / 864e5);
      return { year, dayOfYear, rain, high, low, wind };
    });
}
