import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when the condition holds; fails after 60 s. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('waited 60 s in vain');
    await delay(20);
  }
}
