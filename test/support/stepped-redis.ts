import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type OwnRedis, ownRedis } from './own-redis.ts';

/** A Redis whose wall clock a test may step; its monotonic clock stays right. */
export interface SteppedRedis extends OwnRedis {
  /** From now on it is wrong by so much. */
  beWrongBy(ms: number): void;
}

/** Needs `faketime`. */
export async function steppedRedis(): Promise<SteppedRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-clock-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'offset');
  const beWrongBy = (ms: number): void => {
    // In one piece: it is read at each look at the clock.
    writeFileSync(`${file}.new`, `${ms < 0 ? '' : '+'}${ms / 1000}s\n`);
    renameSync(`${file}.new`, file);
  };
  beWrongBy(0);
  const env = {
    LD_PRELOAD: libraries(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  return { ...(await ownRedis({ env })), beWrongBy };
}

/** Redis' own allocator asks for the time before the library is ready, and would wait for ever. */
function libraries(): string {
  const folders = readdirSync('/usr/lib').map((name) => join('/usr/lib', name));
  const find = (...parts: readonly string[]): string => {
    const found = folders.map((folder) => join(folder, ...parts)).find((file) => existsSync(file));
    if (found === undefined) throw new Error(`${parts.join('/')} is not installed`);
    return found;
  };
  return `${find('faketime', 'libfaketime.so.1')}:${find('libc_malloc_debug.so.0')}`;
}
