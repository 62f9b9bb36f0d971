// The browser for tests: named by CHROMIUM, or on the PATH. Without one a test is skipped; where CI is set, that fails.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const runs = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const onPath = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(runs);

const file = process.env.CHROMIUM || onPath();

/** What node:test takes as `skip`. */
export const skip = file || process.env.CI ? false : 'no Chromium: install one, or set CHROMIUM to its path';

/** Opens a page of its own, hands it to `use`, and closes the browser. */
export async function withPage(use) {
  if (!file) throw new Error('no Chromium: it is not on the PATH, and CHROMIUM is not set');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: file, args: ['--no-sandbox'] });
  try {
    return await use(await browser.newPage());
  } finally {
    await browser.close();
  }
}
