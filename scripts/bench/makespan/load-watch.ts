import { cpus } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import { cpuSecondsWithChildren } from '../process-cost.ts';

export interface Load {
  /** Share of all processors that the bench with all its processes has used, in the mean. */
  readonly ours: number;
  /** Share of all processors that was in use by anybody, in each stretch of ten seconds. */
  readonly machine: readonly number[];
  /** Milliseconds that the stand-in clouds were late at worst, in 99 of 100 cases. */
  readonly delayMs: number;
}

const EVERY_MS = 10_000;
const RESOLUTION_MS = 10;

/** Measures how busy the machine is meanwhile: what waits for a processor is late. */
export async function underWatch<T>(work: () => Promise<T>): Promise<readonly [T, Load]> {
  const done = new AbortController();
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const machine = watchMachine(done.signal);
  const start = systemClock.monotonic();
  const before = cpuSecondsWithChildren();
  try {
    const result = await work();
    const seconds = (systemClock.monotonic() - start) / 1000;
    const ours = (cpuSecondsWithChildren() - before) / seconds / cpus().length;
    const delayMs = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS);
    done.abort();
    return [result, { ours, machine: await machine, delayMs }];
  } finally {
    done.abort();
    delay.disable();
  }
}

async function watchMachine(done: AbortSignal): Promise<readonly number[]> {
  const shares: number[] = [];
  for (let before = machineTimes(); !done.aborted; ) {
    await systemClock.sleep(EVERY_MS, done);
    const now = machineTimes();
    const all = now.all - before.all;
    if (all > 0) shares.push(1 - (now.idle - before.idle) / all);
    before = now;
  }
  return shares;
}

function machineTimes(): { readonly idle: number; readonly all: number } {
  const times = cpus().map(({ times: { idle, user, sys, nice, irq } }) => {
    return { idle, all: idle + user + sys + nice + irq };
  });
  const sum = (pick: 'idle' | 'all') => times.reduce((total, one) => total + one[pick], 0);
  return { idle: sum('idle'), all: sum('all') };
}
