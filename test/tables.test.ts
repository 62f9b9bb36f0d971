// Tables in CSV files and JSON lines: what their columns are found to be, what fit takes, and what is refused with row
// and column.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CsvOptions,
  FileError,
  readCsv,
  readJsonLines,
  standardScaler,
  streamCsv,
  trainTestSplit,
} from '../bindings/data.js';
import { adam, dense, init, sequential } from '../bindings/index.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const csv = (text: string, options?: CsvOptions<never>) => readCsv(bytesOf(text), options);

/** The rows of x. */
const rowsOf = ({ x: { data, shape } }: Awaited<ReturnType<typeof csv>>): number[][] =>
  Array.from({ length: shape[0]! }, (_, row) => Array.from(data.subarray(row * shape[1]!, (row + 1) * shape[1]!)));

const messageOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Error);
  return (error as Error).message;
};

describe('readCsv', () => {
  it('gives x, y and the names of both', async () => {
    const table = await readCsv('examples/data/iris.csv', { target: 'species' });
    expect(table.x.shape).toEqual([150, 4]);
    expect(Array.from(table.x.data.subarray(0, 4))).toEqual([5.1, 3.5, 1.4, 0.2]);
    expect(table.y).toEqual(Int32Array.from({ length: 150 }, (_, i) => Math.floor(i / 50)));
    expect(table.classes).toEqual(['setosa', 'versicolor', 'virginica']);
    expect(table.columns).toEqual(['sepal length', 'sepal width', 'petal length', 'petal width']);
    expect({ ...table.categories }).toEqual({ species: table.classes });
  });

  it('gives numbers as they are in the file', async () => {
    const { x, y, classes } = await csv('a,b\n0.1,16777217\n-1e-3,+.5\n 7. , 8 \n', { target: 'b' } as never);
    expect([x.data, y, classes]).toEqual([
      Float64Array.of(0.1, -0.001, 7),
      Float64Array.of(16777217, 0.5, 8),
      undefined,
    ]);
  });

  it('gives several targets as rows, or none', async () => {
    const text = 'a,b,c\n1,2,3\n4,5,6\n';
    const two = await readCsv(bytesOf(text), { target: ['c', 'a'] });
    expect([rowsOf(two as never), two.y]).toEqual([[[2], [5]], { data: Float64Array.of(3, 1, 6, 4), shape: [2, 2] }]);
    const none = await csv(text);
    expect([rowsOf(none), none.y]).toEqual([[[1, 2, 3], [4, 5, 6]], undefined]); // biome-ignore format: rows
  });

  it('chooses columns', async () => {
    const text = 'id,a,b\nx1,2,3\nx2,5,6\n';
    expect(rowsOf(await csv(text, { ignore: ['id'] }))).toEqual([[2, 3], [5, 6]]); // biome-ignore format: rows
    const chosen = await csv(text, { columns: ['b', 'a'] });
    expect([rowsOf(chosen), chosen.columns]).toEqual([[[3, 2], [6, 5]], ['b', 'a']]); // biome-ignore format: rows
  });

  it('has class indices of categories, sorted: words by letters, numbers by size', async () => {
    const text = 'size,zip\nL,10\nS,9\nM,10\nL,9\n';
    const table = await csv(text, { types: { zip: 'category' } });
    expect(rowsOf(table)).toEqual([[0, 1], [2, 0], [1, 1], [0, 0]]); // biome-ignore format: rows
    expect({ ...table.categories }).toEqual({ size: ['L', 'M', 'S'], zip: ['9', '10'] });
  });

  it('makes columns of categories', async () => {
    const text = 'size,n,far\nL,1,no\nS,2,yes\n';
    const table = await csv(text, { oneHot: ['size'] });
    expect(table.columns).toEqual(['size=L', 'size=S', 'n', 'far']);
    expect(rowsOf(table)).toEqual([[1, 0, 1, 0], [0, 1, 2, 1]]); // biome-ignore format: rows
    const all = await readCsv(bytesOf(text), { oneHot: true, target: 'far' });
    expect([all.columns, all.y]).toEqual([['size=L', 'size=S', 'n'], Int32Array.of(0, 1)]);
  });

  it('takes the categories of the training data', async () => {
    const train = await readCsv(bytesOf('size,y\nL,a\nS,b\nM,a\n'), { target: 'y' });
    const { categories } = train;
    const test = await readCsv(bytesOf('size\nS\n'), { categories });
    expect(Array.from(test.x.data)).toEqual([2]);
    expect(await messageOf(readCsv(bytesOf('size\nS\nXL\n'), { categories }))).toBe(
      "readCsv: the file: row 3, column 'size' is 'XL', which is none of 'L', 'M', 'S'",
    );
  });

  it('takes quotes, line ends, empty rows and the mark of an encoding as they come', async () => {
    const text = '\uFEFFname, b \r\n"a ""quoted"", word",1\r\n\r\n"two\nlines",2\r"",3\n';
    const table = await csv(text, { missing: { name: 'nobody' } });
    expect(table.columns).toEqual(['name', 'b']);
    expect({ ...table.categories }).toEqual({ name: ['a "quoted", word', 'nobody', 'two\nlines'] });
    expect(rowsOf(table)).toEqual([[0, 1], [2, 2], [1, 3]]); // biome-ignore format: rows
    expect((await csv('\uFEFF"a ",b\n1,2')).columns).toEqual(['a', 'b']);
    expect(rowsOf(await csv('a;b\n1;2', { delimiter: ';' }))).toEqual([[1, 2]]);
    expect(rowsOf(await csv('a\tb\n1\t2', { delimiter: '\t' }))).toEqual([[1, 2]]);
  });

  it('makes days of dates that are said to be dates', async () => {
    const text = 'at\n1970-01-01\n1970-01-03T12:00\n1969-12-31 00:00:00Z\n2024-02-29T01:00+0100\n';
    const { x, columns } = await readCsv(bytesOf(text), { types: { at: 'date' } });
    expect([x.data, columns]).toEqual([Float64Array.of(0, 2.5, -1, 19782), ['at']]);
    const filled = await csv('at,b\n1970-01-05,1\n,2', { types: { at: 'date' }, missing: { at: -7 } });
    expect(rowsOf(filled)).toEqual([[4, 1], [-7, 2]]); // biome-ignore format: rows
    const classes = await csv('at\n2024-01-31\n2024-01-30\n', { types: { at: 'category' } });
    expect(classes.categories['at']).toEqual(['2024-01-30', '2024-01-31']);
  });

  it('takes numbers for names that count columns, or are said to be names', async () => {
    for (const names of ['0,1,2', '1,2,3']) expect((await csv(`${names}\n5,6,7`)).columns).toEqual(names.split(','));
    const years = await csv('2019,2020.5\n5,6', { header: true });
    expect([years.columns, rowsOf(years)]).toEqual([['2019', '2020.5'], [[5, 6]]]);
  });

  it('takes files without a header, or other names', async () => {
    expect((await csv('1,2\n3,4', { header: false })).columns).toEqual(['0', '1']);
    const named = await readCsv(bytesOf('1,2\n3,4'), { header: ['a', 'b'], target: 'b' });
    expect([named.columns, named.y]).toEqual([['a'], Float64Array.of(2, 4)]);
    expect(await messageOf(csv('1,2\n3,4', { header: ['a'] }))).toMatch(/row 1 has 2 cells, and there are 1 columns/);
  });

  it('leaves out rows with missing values, or puts others in their place', async () => {
    const text = 'a,b,c,d\n1,x,NA,u\n,y,2,v\n3,,4,u\n5,x,6,\n7,y,8,v\n';
    const read = (options: object) => readCsv(bytesOf(text), { target: 'd', ...options });
    const dropped = await read({ missing: 'drop' });
    expect([dropped.x, dropped.y]).toEqual([{ data: Float64Array.of(7, 0, 8), shape: [1, 3] }, Int32Array.of(0)]);
    const filled = await read({ missing: { a: -1, b: 'none', c: 0.5, d: 'w' } });
    expect(filled.x.data).toEqual(Float64Array.of(1, 1, 0.5, -1, 2, 2, 3, 0, 4, 5, 1, 6, 7, 2, 8));
    expect([filled.y, filled.classes]).toEqual([Int32Array.of(0, 1, 0, 2, 1), ['u', 'v', 'w']]);
    const others = await readCsv(bytesOf('a,b\n?,1\n2,-'), { missing: NaN, missingValues: ['?', '-'] });
    expect(others.x.data).toEqual(Float64Array.of(NaN, 1, 2, NaN));
  });

  it.each<[string, object, string]>([
    [
      'a,b\n1,2\n,3',
      {},
      "row 3, column 'a' is missing: say missing: 'drop' to leave out such rows, or a number in its place",
    ],
    [
      'a,b\nx,2\n,3',
      { missing: 5 },
      "row 3, column 'a' is missing: say missing: 'drop' to leave out such rows, or { … : 'a category' }",
    ],
    ['a,b\n1,2\n2,', { target: 'b', missing: 5 }, "row 3, column 'b' is missing"],
    ['a,b\n1,2\n2,', { missing: { b: 'word' } }, "row 3, column 'b' is missing"],
    ['a,b\n1,2\nx,3', {}, "row 3, column 'a' is 'x', expected a number"],
    ['a,b\nx,2\n1,3', {}, "row 3, column 'a' is 1, and those before it are no numbers: say types: { 'a': 'category' }"],
    [
      'a,b\n"1,234",2\n"12,000.50",3',
      {},
      "column 'a' has values such as '1,234', which are no numbers as they are written",
    ],
    ['a;b\n1,5;2\n-2,25;3', { delimiter: ';', target: 'a' }, "say types: { 'a': 'category' }"],
    ['a,b\n12%,2\n5 %,3', {}, "column 'a' has values such as '12%'"],
    ['a,b\n$12,2\n$1 000.5,3', {}, "column 'a' has values such as '$12'"],
    ['a,b\n1,2\n2,3', { oneHot: ['a'] }, "column 'a' of oneHot has numbers: say types: { 'a': 'category' }, too"],
    ['a,b\n1,2\n0x1,3', {}, "row 3, column 'a' is '0x1', expected a number"],
    ['a,b\n1,2\ninf,3', {}, "row 3, column 'a' is inf, which is not finite"],
    ['a,b\n1,2\n1e999,3', {}, "row 3, column 'a' is 1e999, which is not finite"],
    ['a,b\n1,2\n3', {}, 'row 3 has 1 cells, and there are 2 columns'],
    ['a,b\n1,2\n3,4,5', {}, 'row 3 has 3 cells, and there are 2 columns'],
    ['a,b\n1,2\n3,"4', {}, 'row 3: a quote is not closed'],
    ['a,b\n1,2\n"3"x,4\n', {}, 'row 3: something follows a closing quote'],
    ['a,a\n1,2', {}, "two columns are called 'a'"],
    ['a;b\n1;2', {}, `row 1 is a single cell, 'a;b': say delimiter: ";"`],
    [
      '5.1,3.5,setosa\n4.9,3,setosa',
      {},
      'row 1, which is to have the names of the columns, has the number 5.1 in it: say header: false if it is data, or header: true if these are names',
    ],
    ['7,3\n4,9', {}, 'has the number 7 in it: say header: false'],
    ['5\n4', {}, 'has the number 5 in it: say header: false'],
    ['1,3\n4,9', {}, 'has the number 1 in it: say header: false'],
    [
      'a,b\n2024-01-31,2\n2024-02-01 10:30,3',
      {},
      "column 'a' has dates such as '2024-01-31': say types: { 'a': 'date' } for their days as numbers, or 'category', or ignore it",
    ],
    ['a,b\n2024-02-30,2', { types: { a: 'date' } }, "row 2, column 'a' is '2024-02-30', expected a date as 2024-01-31"],
    ['a,b\n2024-02-03T25:00,2', { types: { a: 'date' } }, "row 2, column 'a' is '2024-02-03T25:00', expected a date"],
    ['a,b\n3.2.2024,2', { types: { a: 'date' } }, "row 2, column 'a' is '3.2.2024', expected a date"],
    ['', {}, 'is empty'],
    ['a,b\n', {}, 'has no rows'],
    ['a,b\n1,\n', { missing: 'drop' }, 'has no rows without missing values'],
    ['a,b\n1,2\n', { maxBytes: 15 }, '1 rows of 2 numbers take more than 15 bytes; pass maxBytes to allow more'],
  ])('refuses %j with %o', async (text, options, message) => {
    const error = await csv(text, options).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(/^readCsv: the file/);
    expect((error as Error).message).toContain(message);
  });

  it('takes for categories what only looks like numbers here and there, or was said to be such', async () => {
    const dates = await csv('a,b,c\n01.02.2024,0-9,1.2.3\n03.02.2024,10-19,"1,5 to 2"\n');
    expect(Object.keys(dates.categories)).toEqual(['a', 'b', 'c']);
    const said = await csv('a,b\n5%,2\n12%,3\n', { types: { a: 'category' } });
    expect(said.categories['a']).toEqual(['12%', '5%']);
    const months = await csv('a,b\n3,2\n12,3\n', { types: { a: 'category' }, oneHot: ['a'] });
    expect(months.columns).toEqual(['a=3', 'a=12', 'b']);
  });

  it.each<[object, string]>([
    [{ target: 'speces' }, "unknown column of readCsv: the file 'speces'; did you mean 'species'? (known: a, species)"],
    [{ ignore: ['c'] }, "unknown column of readCsv: the file 'c'"],
    [{ types: { c: 'number' } }, "unknown column of readCsv: the file 'c'"],
    [{ missing: { c: 1 } }, "unknown column of readCsv: the file 'c'"],
    [{ target: 'a', columns: ['a'] }, "column 'a' can't be of x and the target, or ignored"],
    [{ ignore: ['a', 'species'] }, 'there are no columns for x'],
    [{ types: { a: 'words' } }, "readCsv: types.a must be 'number', 'category' or 'date', got 'words'"],
    [{ missing: 'skip' }, "readCsv: missing must be 'error', 'drop', a number, or an object"],
    [{ missing: { a: true } }, 'readCsv: missing.a must be a number or a category, got true'],
    [{ delimiter: ', ' }, "readCsv: delimiter must be a single letter, no quote, got ', '"],
    [{ target: [] }, 'readCsv: target must be the name of a column, or several'],
    [{ separator: ',' }, "unknown option of readCsv 'separator'"],
    [{ categories: { a: 'x' } }, 'readCsv: categories.a must be an array of categories'],
    [{ oneHot: 'a' }, 'readCsv: oneHot must be true, false or an array of names'],
  ])('refuses the options %o', async (options, message) => {
    expect(await messageOf(csv('a,species\n1,x\n', options as never))).toContain(message);
  });

  it('refuses text in another encoding', async () => {
    const message = await messageOf(readCsv(Uint8Array.of(97, 10, 228, 10)));
    expect(message).toBe('readCsv: the file is not text in UTF-8');
  });

  it('takes names that objects have', async () => {
    const table = await readCsv(bytesOf('__proto__,constructor\nx,1\ny,2\n'), { target: '__proto__' });
    expect([table.columns, table.classes, table.x.data]).toEqual([['constructor'], ['x', 'y'], Float64Array.of(1, 2)]);
    expect(Object.keys(table.categories)).toEqual(['__proto__']);
  });

  it('reads what is compressed, up to maxBytes', async () => {
    const text = `a,b\n${'1,2\n'.repeat(1000)}`;
    expect((await readCsv(gzipSync(text))).x.shape).toEqual([1000, 2]);
    expect(await messageOf(readCsv(gzipSync(text), { maxBytes: 4000 }))).toMatch(/becomes more than 4000 bytes/);
  });

  it('refuses names as categories, which would take far more memory than the file', async () => {
    const text = `a\n${Array.from({ length: 20_000 }, (_, i) => `n${i}`).join('\n')}`;
    expect(await messageOf(csv(text))).toBe(
      "readCsv: the file: column 'a' has more than 10000 different words: is it to be ignored?",
    );
  });

  it('refuses a quote that is never closed, soon, however long the file is', async () => {
    const start = performance.now();
    expect(await messageOf(csv(`a,b\n"${'1,2\n'.repeat(3e6)}`))).toBe(
      'readCsv: the file: row 2 has more than 4194304 letters: is a quote not closed?',
    );
    expect(performance.now() - start).toBeLessThan(4000);
  });
});

describe('what is read in pieces is what is read at once', () => {
  /** A table of many rows, with words, quotes and line ends that lie on the edges of pieces. */
  const long = 'word '.repeat(15);
  const text = `n,word,y\r\n${Array.from({ length: 8000 }, (_, i) => `${i / 8},"${long}""${i % 7}\r\n",${i % 3}`).join('\r\n')}\r\n`;

  it('of a path, a URL, a Blob, bytes and an answer', async () => {
    const path = join(folder, 'large.csv');
    writeFileSync(path, text);
    const whole = await readCsv(path, { target: 'y' });
    expect(whole.x.shape).toEqual([8000, 2]);
    expect(whole.x.data.subarray(0, 6)).toEqual(Float64Array.of(0, 0, 0.125, 1, 0.25, 2));
    const blob = new Blob([text]);
    const sources = [path, pathToFileURL(path), bytesOf(text), bytesOf(text).buffer, blob, () => new Response(blob)];
    for (const source of sources) {
      const stream = await streamCsv(source as never, { target: 'y', batchSize: 700 });
      expect([stream.count, stream.length, stream.columns]).toEqual([8000, 12, ['n', 'word']]);
      let rows = 0;
      for await (const [x, y] of stream) {
        const size = Math.min(700, 8000 - rows);
        expect(x.shape).toEqual([size, 2]);
        expect(x.data).toEqual(Float32Array.from(whole.x.data.subarray(2 * rows, 2 * (rows + size))));
        expect(y).toEqual(Float32Array.from(whole.y.subarray(rows, rows + size)));
        rows += size;
      }
      expect(rows).toBe(8000);
    }
  });

  it('whatever the pieces are', async () => {
    const { textPieces } = await import('../bindings/data/formats/lines.js');
    const bytes = bytesOf('a,ä\r\n\r"€\r\n"\r😀\r');
    for (let size = 1; size < bytes.length; size++) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      let all = '';
      for await (const piece of textPieces({ what: '', open: async function* () { yield* pieces; } })) all += piece; // biome-ignore format: short
      expect(all).toBe('a,ä\n\n"€\n"\n😀\n');
    }
  });
});

describe('readJsonLines', () => {
  const lines = (text: string, options?: object) => readJsonLines(bytesOf(text), options);

  it('gives x and y of objects, whatever the order of their names', async () => {
    const text = '{"x":[1,[2.5,3]],"far":true,"kind":"b"}\n\n{"kind":"a","far":false,"x":[4,[5,6e1]]}\r\n';
    const table = await readJsonLines(bytesOf(text), { target: 'kind' });
    expect(table.columns).toEqual(['x[0]', 'x[1][0]', 'x[1][1]', 'far']);
    expect(rowsOf(table as never)).toEqual([[1, 2.5, 3, 1], [4, 5, 60, 0]]); // biome-ignore format: rows
    expect([table.y, table.classes]).toEqual([Int32Array.of(1, 0), ['a', 'b']]);
  });

  it('gives those of arrays, and of numbers that are categories', async () => {
    const table = await readJsonLines(bytesOf('[1,10]\n[2,9]'), { target: '1', types: { 1: 'category' } });
    expect([table.x.data, table.y, table.classes]).toEqual([Float64Array.of(1, 2), Int32Array.of(1, 0), ['9', '10']]);
  });

  it('takes null, and what is not there, as missing', async () => {
    const text = '{"a":1,"b":"x"}\n{"a":null,"b":"NA"}\n{"b":""}\n';
    const table = await lines(text, { missing: -1 });
    expect([rowsOf(table), { ...table.categories }]).toEqual([[[1, 2], [-1, 1], [-1, 0]], { b: ['', 'NA', 'x'] }]); // biome-ignore format: rows
    expect((await readJsonLines(gzipSync(text), { missing: 'drop' })).x.shape).toEqual([1, 2]);
  });

  it.each<[string, string]>([
    ['', 'is empty'],
    ['{"a":1}\n{"a":1', 'row 2 is not JSON: '],
    ['{"a":1}\n5', 'row 2 is no object and no array'],
    ['{"a":1}\n{"a":1,"b":2}', "row 2 has 'b', which the first one does not have"],
    ['{"a":1}\n{"a":"1"}', "row 2, column 'a' is '1', expected a number"],
    ['{"a":1}\n{}', "row 2, column 'a' is missing"],
    ['{"a":[1,2]}\n{"a":[1]}', "row 2, column 'a[1]' is missing"],
    ['{"a":1}\n{"a":{"b":1}}', "row 2: 'a' is an object"],
    ['{"a":1}\n{"a":1,"a":2}', "row 2 has the name 'a' twice"],
    ['{"a":1e999}', "row 1, column 'a' is Infinity, which is not finite"],
    [`{"a":${'['.repeat(100)}1${']'.repeat(100)}}`, 'row 1 is nested more than 64 deep'],
    ['{"__proto__":1}', "row 1 has the name '__proto__' in it"],
  ])('refuses %j', async (text, message) => {
    const error = await lines(text).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(/^readJsonLines: the file/);
    expect((error as Error).message).toContain(message);
  });
});

describe('streamCsv', () => {
  it('inflates a file that was compressed by gzip, in each pass', async () => {
    const rows = Array.from({ length: 12_000 }, (_, i) => `${i},${i % 7},${Math.sin(i)}`);
    const text = `a,b,y\n${rows.join('\n')}\n`;
    const path = join(folder, 'stream.csv.gz');
    writeFileSync(path, gzipSync(text));
    const sums: number[][] = [];
    for (const source of [bytesOf(text), gzipSync(text), path, () => new Response(gzipSync(text))]) {
      const stream = await streamCsv(source as never, { target: 'y', batchSize: 1000 });
      let [sum, count] = [0, 0];
      for (let pass = 0; pass < 2; pass++) {
        for await (const [x, y] of stream) {
          sum += (x as { data: Float32Array }).data.reduce((a, b) => a + b, 0);
          sum += (y as Float32Array).reduce((a, b) => a + b, 0);
          count++;
        }
      }
      sums.push([sum, count]);
    }
    expect(sums[0]![1]).toBe(24);
    for (const other of sums) expect(other).toEqual(sums[0]);
  });

  it('counts what comes out of a compressed file, and refuses a damaged one', async () => {
    const file = gzipSync(`a,y\n${'1,2\n'.repeat(100_000)}`);
    expect(await messageOf(streamCsv(file, { target: 'y', maxBytes: 4000 }))).toMatch(/becomes more than 4000 bytes/);
    const cut = streamCsv(file.subarray(0, file.length - 9), { target: 'y' });
    expect(await messageOf(cut)).toMatch(/^streamCsv: the file is compressed, and damaged/);
    const gone = async () => new Response(null, { status: 404 });
    expect(await messageOf(streamCsv(gone as never, { target: 'y' }))).toMatch(/status 404/);
  });

  const text = 'a,b,y\n1,x,0\n2,,1\n3,z,0\n4,x,1\n5,z,0\n';

  it('gives the same batches in each pass', async () => {
    const stream = await streamCsv(bytesOf(text), { target: 'y', batchSize: 2, missing: 'drop', oneHot: true });
    expect([stream.count, stream.length, stream.columns]).toEqual([4, 2, ['a', 'b=x', 'b=z']]);
    for (let pass = 0; pass < 2; pass++) {
      const batches = [];
      for await (const batch of stream) batches.push(batch);
      expect(batches).toEqual([
        [{ data: Float32Array.of(1, 1, 0, 3, 0, 1), shape: [2, 3] }, Float32Array.of(0, 0)],
        [{ data: Float32Array.of(4, 1, 0, 5, 0, 1), shape: [2, 3] }, Float32Array.of(1, 0)],
      ]);
    }
  });

  it('draws the next row among those that wait, otherwise in each pass, the same for a seed', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => `${i},${i % 3},${i}`);
    const open = (shuffle: number, seed?: number) =>
      streamCsv(bytesOf(`a,b,y\n${rows.join('\n')}`), { target: 'y', batchSize: 64, shuffle, seed });
    const pass = async (stream: Awaited<ReturnType<typeof open>>) => {
      const order: number[] = [];
      for await (const [x, y] of stream) {
        expect(x.shape[0]).toBe(Math.min(64, 500 - order.length));
        for (const [i, label] of (y as Float32Array).entries()) {
          expect([x.data[2 * i], x.data[2 * i + 1]]).toEqual([label, label % 3]);
          order.push(label);
        }
      }
      return order;
    };
    const inOrder = rows.map((_, i) => i);
    for (const shuffle of [1, 50, 500, 1e9]) {
      const stream = await open(shuffle, 1);
      const passes = [await pass(stream), await pass(stream)];
      for (const order of passes) expect([...order].sort((a, b) => a - b)).toEqual(inOrder);
      expect(await pass(await open(shuffle, 1))).toEqual(passes[0]);
      if (shuffle === 1) expect(passes[0]).toEqual(inOrder);
      else expect(passes[1]).not.toEqual(passes[0]);
      // One that waits w rows is at most that much too early.
      expect(Math.max(...passes[0]!.map((row, at) => row - at))).toBeLessThan(shuffle);
      if (shuffle >= 500) expect(passes[0]!.filter((row, at) => Math.abs(row - at) < 100).length).toBeLessThan(300);
    }
    expect(await pass(await open(0))).toEqual(inOrder);
  });

  it('has int32 class indices, or rows of several targets', async () => {
    const words = await streamCsv(bytesOf('a,y\n1,no\n2,yes\n'), { target: 'y' });
    for await (const [, y] of words) expect(y).toEqual(Int32Array.of(0, 1));
    expect(words.classes).toEqual(['no', 'yes']);
    const two = await streamCsv(bytesOf('a,b,c\n1,2,3\n'), { target: ['b', 'c'] });
    for await (const [, y] of two) expect(y).toEqual({ data: Float32Array.of(2, 3), shape: [1, 2] });
  });

  it('says what is wrong when it is opened, and which sources it takes', async () => {
    expect(await messageOf(streamCsv(bytesOf('a,y\n1,2\nx,3'), { target: 'y' }))).toBe(
      "streamCsv: the file: row 3, column 'a' is 'x', expected a number",
    );
    expect(await messageOf(streamCsv(join(folder, 'none.csv'), { target: 'y' }))).toMatch(
      /none.csv can't be read: ENOENT/,
    );
    for (const text of ['a,y\n1,2', 'a'.repeat(5000)]) {
      const refusal = /^(read|stream)Csv: a[^\n]{4,30}… is text, and no path: give its bytes, new TextEncoder/;
      expect(await messageOf(readCsv(text, { target: 'y' }))).toMatch(refusal);
      expect(await messageOf(streamCsv(text, { target: 'y' }))).toMatch(refusal);
    }
    expect(await messageOf(streamCsv(5 as never, { target: 'y' }))).toMatch(
      /^streamCsv: the file must be a path, bytes, a Blob, or a function that fetches it/,
    );
    const lost = () => new Response('', { status: 404 });
    expect(await messageOf(streamCsv(lost as never, { target: 'y' }))).toMatch(/could not be fetched: status 404/);
    expect(await messageOf(streamCsv(bytesOf(text), {} as never))).toBe('streamCsv: say by target which column is y');
  });
});

describe('tables train models', () => {
  beforeAll(() => init({ seed: 1 }));

  it('at once and in batches', async () => {
    const { x, y, classes, columns } = await readCsv('examples/data/iris.csv', { target: 'species' });
    const [xTrain, xTest, yTrain, yTest] = trainTestSplit(x, y, { testSize: 0.25, seed: 1, stratify: y });
    const scaler = standardScaler().fit(xTrain);
    const made = () => {
      const model = sequential([columns.length], [dense(classes!.length, { activation: 'softmax' })]);
      model.compile({ optimizer: adam(0.1), loss: 'categoricalCrossEntropy', metrics: ['accuracy'] });
      return model;
    };
    const model = made();
    await model.fit(scaler.transform(xTrain), yTrain, { epochs: 40 });
    expect(model.evaluate(scaler.transform(xTest), yTest)['accuracy']).toBeGreaterThan(0.9);

    const streamed = made();
    const lines = readFileSync('examples/data/iris.csv', 'utf8').trim().split('\n');
    const mixed = [lines[0], ...lines.slice(1).map((_, i) => lines[1 + ((i * 47) % 150)])].join('\n');
    const stream = await streamCsv(bytesOf(mixed), { target: 'species', batchSize: 16 });
    await streamed.fit(stream, { epochs: 40 });
    expect(streamed.evaluate(x, y)['accuracy']).toBeGreaterThan(0.9);
  });
});
