import { describe, expect, test } from 'vitest';
import { needing } from '../support/programs.ts';
import { SAFEGUARDS } from './crash-points.ts';
import { runCrash } from './crash-run.ts';

describe('two images are created once each', needing('redis-server'), () => {
  test.concurrent.each(Object.entries(SAFEGUARDS))('that is what the %s is for', async (_, row) => {
    expect(await runCrash(row)).toEqual([]);
  });
});
