// A forecast: the highest temperature of each of the next three days, from the weather of the two weeks before. A GRU learns on two
// years of Seattle and New York, and is measured on the two years after them, beside forecasts that cost nothing: as today (naive),
// and as the mean of the season in the years that it has learned from (seasonal).

import { adam, cosineDecay, dense, gru, init, sequential } from 'wasmgrad';
import { learningCurves } from 'wasmgrad/plot';
import { numberOr } from './lib/arguments.js';
import { figure } from './lib/figures.js';
import { table } from './lib/terminal.js';
import { loadWeather } from './lib/weather.js';

await init({ seed: 1 });

const EPOCHS = numberOr(30);
const PAST = 14;
const AHEAD = 3;
const SPLIT = 2014; // the first year that is not learned from
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function cityOf(name) {
  const days = loadWeather(name);
  // Of the two weeks around each day of the year: a mean of two days alone would be noise.
  const near = (a, b) => Math.min(Math.abs(a - b), 365 - Math.abs(a - b)) <= 7;
  const means = Array.from({ length: 366 }, (_, day) =>
    mean(days.filter(({ year, dayOfYear }) => year < SPLIT && near(dayOfYear, day)).map(({ high }) => high)),
  );
  return { name, days, season: ({ dayOfYear }) => means[dayOfYear] };
}

/** Days after which a forecast is made, with what was measured then. */
function forecasts({ name, days, season }, from, to) {
  const beyond = (day) => (day.high - season(day)) / 5; // how far a day is from its season
  const seen = (day) => {
    const turn = (2 * Math.PI * day.dayOfYear) / 365;
    const [swing, rain, wind] = [(day.high - day.low) / 10, Math.log1p(day.rain) / 2, day.wind / 4];
    return [beyond(day), swing, rain, wind, Math.sin(turn), Math.cos(turn), +(name === 'Seattle')];
  };
  const wanted = days.slice(0, 1 - AHEAD).flatMap(({ year }, i) => (i >= PAST && year >= from && year < to ? [i] : []));
  return wanted.map((i) => {
    const [past, today, next] = [days.slice(i - PAST, i), days[i - 1], days.slice(i, i + AHEAD)];
    const changes = next.map((day) => beyond(day) - beyond(today)); // what the net is to tell
    return { x: past.map(seen), y: changes, year: days[i].year, today, next, season };
  });
}

const cities = ['Seattle', 'New York'].map(cityOf);
const train = cities.flatMap((city) => forecasts(city, 0, SPLIT));
const test = cities.flatMap((city) => forecasts(city, SPLIT, Infinity));
const [x, y] = [train.map((one) => one.x), train.map((one) => one.y)];

const model = sequential([PAST, 7], [gru(24, { dropout: 0.3 }), dense(AHEAD)]);
const optimizer = adam(cosineDecay(0.005, { decaySteps: EPOCHS * Math.ceil(train.length / 32) }));
model.compile({ optimizer, loss: 'mse' });
const begun = performance.now();
const validationData = [test.map((one) => one.x), test.map((one) => one.y)];
const trained = await model.fit(x, y, { epochs: EPOCHS, validationData });
console.log(`learned from ${train.length} forecasts in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);

const told = model.predict(validationData[0]).toArray();
const ways = {
  naive: ({ today }) => today.high,
  seasonal: ({ next, season }, k) => season(next[k]),
  GRU: ({ today, next, season }, k, i) => today.high - season(today) + season(next[k]) + 5 * told[i][k],
};
const ahead = Array.from({ length: AHEAD }, (_, k) => k);
for (const { name, season } of cities) {
  for (const year of [2014, 2015]) {
    const rows = Object.entries(ways).map(([way, tell]) => {
      const errors = test.map((one, i) => ahead.map((k) => Math.abs(tell(one, k, i) - one.next[k].high)));
      const own = errors.filter((_, i) => test[i].season === season && test[i].year === year);
      return [way, ...ahead.map((k) => mean(own.map((error) => error[k])).toFixed(2))];
    });
    const head = [`${name} ${year}, mean error in °C`, ...ahead.map((k) => `${k + 1} day${k ? 's' : ''} ahead`)];
    console.log(`${table([head, ...rows])}\n`);
  }
}

const title = 'Forecasts of temperatures: what was learned from, and the years after';
await figure('weather-gru', () => learningCurves(trained, { title }));
