// Opens pages for tests. Without a browser a test is skipped; if CI is set, it fails.

import { chromiumPath, noChromium } from '../chromium.js';

/** What node:test takes as `skip`. */
export const skip = chromiumPath || process.env.CI ? false : noChromium;

/** Opens a page of its own, hands it to `use`, and closes the browser. */
export async function withPage(use) {
  if (!chromiumPath) throw new Error(noChromium);
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  try {
    return await use(await browser.newPage());
  } finally {
    await browser.close();
  }
}
