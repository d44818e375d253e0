import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Crash tests wait most of their time.
    maxConcurrency: 6,
    // The tests with processes wait most of their time.
    maxWorkers: 3,
    // A process a test file costs as much as all short tests together. None changes what others import.
    isolate: false,
    retry: 0,
  },
});
