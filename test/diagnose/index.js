// npm run test:diagnose -- [options]: bundles the trainings of known cause (main.ts) with the library's TypeScript, and runs them.

import { runBundled } from '../fuzz/bundled.js';

await runBundled('test/diagnose/main.ts', 'diagnose', { external: ['mnist'] });
