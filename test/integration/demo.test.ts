import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { dropFolder } from '../support/drop-folder.ts';
import { spawnFerry } from '../support/ferry.ts';
import { needing } from '../support/programs.ts';
import { until } from '../support/until.ts';

/** A demo in the middle of its import, with the folder in which its Redis has its files. */
async function importing() {
  const folder = await dropFolder();
  const demo = spawnFerry(['demo'], { TMPDIR: folder });
  await demo.says('Importing 16 images');
  const files = () => readdir(folder);
  expect(await files()).toEqual([expect.stringMatching(/^ims-ferry-redis-/)]);
  return { demo, files };
}

describe('a demo', needing('redis-server'), () => {
  test.each(['SIGINT', 'SIGHUP'] as const)(
    'ended by %s says that nothing continues, and leaves nothing behind',
    async (signal) => {
      const { demo, files } = await importing();
      demo.process.kill(signal);
      expect(await demo.exited).toBe(1);
      expect(demo.stderr()).toMatch(
        /The demo was stopped: \d+ of 16 images imported\. Nothing continues/,
      );
      expect(demo.stderr()).not.toContain('the import continues');
      expect(demo.stdout()).toBe('');
      expect(await files()).toEqual([]);
    },
  );

  test('that is killed leaves no Redis and no files behind', async () => {
    const { demo, files } = await importing();
    demo.process.kill('SIGKILL');
    await demo.exited;
    // The folder goes last, when the server has ended.
    await until(async () => (await files()).length === 0);
  });
});
