// The browser of the tests: the one that $CHROMIUM names, or the first of the usual names on the PATH.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const { CHROMIUM, PATH = '' } = process.env;

function runs(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const places = CHROMIUM
  ? [CHROMIUM]
  : PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));

/** Its path, or undefined. */
export const chromiumPath = places.find(runs);

/** Why it is undefined. */
export const noChromium = CHROMIUM
  ? `no Chromium: $CHROMIUM is ${CHROMIUM}, which can't be run`
  : `no Chromium: there is no ${NAMES.join(', ')} on the PATH, and $CHROMIUM is not set`;
