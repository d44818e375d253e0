import type { Config } from '../shared/config/config.ts';
import type { ImportState } from '../shared/state/import-state.ts';

/** How long after its planned step an import counts as forgotten. */
export function graceMs(config: Pick<Config, 'lockMs'>): number {
  return 2 * config.lockMs;
}

/** How long a pending import may wait in its queue before somebody looks whether it is still there. */
export function pendingDueMs(config: Pick<Config, 'lockMs'>): number {
  return 20 * config.lockMs;
}

/**
 * The time by which an import in this state must have moved. `nextStepMs` is the delay of the step
 * that is planned for it.
 */
export function dueAt(
  config: Pick<Config, 'lockMs'>,
  state: Pick<ImportState, 'status'>,
  at: { readonly now: number; readonly nextStepMs: number },
): number {
  switch (state.status) {
    case 'pending':
      return at.now + pendingDueMs(config);
    // Not when its answer is late, but when its sender may be found gone.
    case 'submitting':
      return at.now + config.lockMs;
    case 'creating':
    case 'unknown':
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return at.now + at.nextStepMs + graceMs(config);
  }
}
