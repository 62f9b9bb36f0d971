// npm run fuzz -- [options]: bundles the fuzzer's TypeScript (main.ts) with the library's, and runs it.

import { runBundled } from './bundled.js';

await runBundled('test/fuzz/main.ts', 'fuzz', { packages: 'external' });
