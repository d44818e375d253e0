import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FerryEnv } from './ferry-process.ts';
import type { SoakOptions } from './options.ts';

/** A host with one worker, its disk, and its clock where clocks are stepped. */
export interface Host {
  readonly name: string;
  readonly env: FerryEnv;
  readonly clock?: HostClock;
}

export type HostClock = ReturnType<typeof hostClock>;

/**
 * As many hosts as workers; Redis runs on the first one.
 * @throws Error when clocks are to be stepped and libfaketime is not installed
 */
export function hostsOf(
  folder: string,
  { workers, clockSteps }: Pick<SoakOptions, 'workers' | 'clockSteps'>,
): readonly Host[] {
  return Array.from({ length: workers }, (_, index) => {
    const name = `host ${index + 1}`;
    const disk = { IMS_FERRY_STATE_DIR: join(folder, `state-${index + 1}`) };
    if (clockSteps === 0) return { name, env: disk };
    const clock = hostClock(join(folder, `clock-${index + 1}`));
    return { name, env: { ...disk, ...clock.env }, clock };
  });
}

/**
 * The wall clock of a host, which can be stepped; its monotonic clock stays right. `env` is for the processes
 * of the host.
 * @throws Error when libfaketime is not installed
 */
export function hostClock(file: string) {
  /** Processes notice it within a second. */
  const beWrongBy = (ms: number): void => {
    // Replaced whole: it may be read at any moment.
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
 * libfaketime, and an allocator beside it: the allocator of Redis reads the time before the library
 * is ready, and would hang.
 * @throws Error when one of them is not installed
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
