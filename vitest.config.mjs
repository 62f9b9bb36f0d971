import { defineConfig } from 'vitest/config';
import { wasmInline } from './rollup.config.mjs';

export default defineConfig({
  plugins: [wasmInline()],
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000 },
});
