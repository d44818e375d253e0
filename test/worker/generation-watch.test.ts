import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../src/shared/log/logger.ts';
import { watchGeneration } from '../../src/worker/guard/generation-watch.ts';

const KEPT = 'ledger generation not kept on disk';
const AGAIN = 'ledger generation is kept on disk again';

test('a state folder that cannot be written is said once, with what to do, and tried again', async () => {
  const home = await mkdtemp(join(tmpdir(), 'ims-ferry-test-state-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const folder = join(home, 'state');
  // A file in the place of the folder: even root cannot write into it.
  await writeFile(folder, '');
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('info', { write: (line) => lines.push(JSON.parse(line)) });
  const open = (workerId: string) => watchGeneration({ folder, ledger: 'l', workerId, log });
  const watch = await open('a');
  await Promise.all([watch.note(3), watch.note(4)]);
  expect(watch.seen).toBe(4);
  expect(lines).toEqual([expect.objectContaining({ msg: KEPT, folder })]);
  expect(lines[0]).toMatchObject({ advice: expect.stringContaining('IMS_FERRY_STATE_DIR') });
  await rm(folder);
  await Promise.all([watch.note(5), watch.note(6)]);
  expect(lines.map(({ msg }) => msg)).toEqual([KEPT, AGAIN]);
  await watch.close();
  const next = await open('b');
  expect(next.seen).toBe(6);
  await next.close();
});
