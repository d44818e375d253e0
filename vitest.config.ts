import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Crash tests wait most of their time.
    maxConcurrency: 8,
    retry: 0,
  },
});
