import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when the condition holds. It has no time limit; the whole run has one. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}
