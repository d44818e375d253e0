import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A busy machine is no fault of a test: only the whole run has a limit (scripts/test.ts).
    testTimeout: 0,
    hookTimeout: 0,
    teardownTimeout: 60_000,
    // Crash tests wait most of their time.
    maxConcurrency: 6,
    // A process a test file costs as much as all short tests together. None changes what others import.
    isolate: false,
    retry: 0,
  },
});
