import { setTimeout as delay } from 'node:timers/promises';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { doubles } from './account.ts';

/** The outcome of `work`; fails as soon as the cloud has accepted an import twice: the rest may never end. */
export async function orDouble<T>(simulator: Simulator, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const watch = async (): Promise<never> => {
    while (doubles(simulator).length === 0) {
      await delay(100, undefined, { signal: ended.signal });
    }
    throw new Error(`created twice: ${doubles(simulator).join(', ')}`);
  };
  try {
    return await Promise.race([work, watch()]);
  } finally {
    ended.abort();
  }
}
