import { join } from 'node:path';
import { type HostClock, hostClock } from './host-clocks.ts';
import type { SoakOptions } from './options.ts';
import type { FerryEnv } from './worker-env.ts';

/** A host with one worker, its disk, and its clock where clocks are stepped. */
export interface Host {
  readonly name: string;
  readonly env: FerryEnv;
  readonly clock?: HostClock;
}

/**
 * As many as there are workers; the first one has Redis, too.
 * @throws Error where clocks are to be stepped and libfaketime is not installed
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
