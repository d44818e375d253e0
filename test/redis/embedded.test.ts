import { describe, expect, test } from 'vitest';
import { describeError } from '../../src/cli/program.ts';
import { openLastingRedis } from '../../src/shared/redis/lasting-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import { runFerryProcess } from '../support/ferry.ts';
import { needing } from '../support/programs.ts';

describe('an embedded Redis', needing('redis-server'), () => {
  test('names the folder that cannot be made, and what to do', async () => {
    const opening = openLastingRedis({
      ...{ folder: '/dev/null/redis', path: process.env['PATH'] },
      ...{ clock: systemClock, random: systemRandom },
    });
    const error = await opening.catch((reason: unknown) => reason);
    expect(describeError(error)).toEqual({
      lines: [
        'The data folder of the embedded Redis, /dev/null/redis, cannot be made (ENOTDIR).',
        'Name another one with --data, or set REDIS_URL to a running Redis.',
      ],
      exitCode: 2,
    });
  });

  test('of a demo needs a temporary folder', async () => {
    const { code, stderr } = await runFerryProcess(['demo'], { TMPDIR: '/dev/null' });
    expect(stderr).toContain('No folder for a Redis can be made in /dev/null (ENOTDIR).');
    expect(code).toBe(2);
  });
});

test.each(['ENOSPC', 'EACCES', 'EROFS'])('%s is no bug of ours', (code) => {
  const error = Object.assign(new Error(`${code}: write`), { code });
  expect(describeError(error).lines.join()).not.toContain('bug');
  expect(describeError(new TypeError('x')).lines.join()).toContain('bug');
});
