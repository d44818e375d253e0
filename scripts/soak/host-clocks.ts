import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The wall clock of a host, which can be stepped; its monotonic clock stays right. */
export interface HostClock {
  /** For the processes of the host. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on it is wrong by so much; a process notices within a second. */
  beWrongBy(ms: number): void;
}

/** @throws Error where libfaketime is not installed */
export function hostClock(file: string): HostClock {
  const beWrongBy = (ms: number): void => {
    // In one piece: it may be read at any moment.
    writeFileSync(`${file}.new`, `${ms < 0 ? '' : '+'}${ms / 1000}s\n`);
    renameSync(`${file}.new`, file);
  };
  const env = {
    LD_PRELOAD: clockLibraries(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
  beWrongBy(0);
  return { env, beWrongBy };
}

/**
 * libfaketime, and an allocator beside it: the one of Redis asks for the time before the library is
 * ready, and would wait for ever.
 * @throws Error where one of them is not installed
 */
export function clockLibraries(root = '/usr/lib'): string {
  const faketime = find(root, ['faketime', 'libfaketime.so.1']);
  if (faketime === undefined) {
    throw new Error('Stepping clocks needs libfaketime: apt-get install faketime');
  }
  const allocator = find(root, ['libc_malloc_debug.so.0']);
  if (allocator === undefined) {
    throw new Error('Stepping clocks needs libc_malloc_debug.so.0, a part of glibc 2.34 and newer');
  }
  return `${faketime}:${allocator}`;
}

function find(root: string, parts: readonly string[]): string | undefined {
  if (!existsSync(root)) return undefined;
  return [root, ...readdirSync(root).map((folder) => join(root, folder))]
    .map((folder) => join(folder, ...parts))
    .find((path) => existsSync(path));
}
