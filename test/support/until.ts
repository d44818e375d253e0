import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when the condition holds; fails after 30 s. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('waited 30 s in vain');
    await delay(20);
  }
}
