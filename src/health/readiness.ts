import type { GuardStore } from '../shared/ledger/guard-store.ts';
import type { ProjectStore } from '../shared/ledger/project-store.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import type { Fitness } from '../shared/redis/redis-fitness.ts';
import { atMost, type Clock, LATE } from '../shared/runtime/clock.ts';

/** Why something is not as it should be. */
interface HealthReason {
  readonly code: string;
  readonly message: string;
}

export interface Readiness {
  /** What keeps it from working: not ready while there is one. */
  readonly reasons: readonly HealthReason[];
  /** What a person should know although it works. */
  readonly notes: readonly HealthReason[];
}

export function notReady(code: string, message: string): Readiness {
  return { reasons: [{ code, message }], notes: [] };
}

interface LedgerHealthDeps {
  readonly redis: RedisConnection;
  readonly project: ProjectStore;
  readonly guard: GuardStore;
  readonly clock: Clock;
  readonly fitness?: Fitness;
}

const PATIENCE_MS = 1000;

/**
 * Ready while Redis answers within a second. A stopped project, or creates that wait, are notes: replacing
 * this process would not help.
 */
export async function ledgerReadiness(deps: LedgerHealthDeps): Promise<Readiness> {
  try {
    const notes = await atMost(deps.clock, PATIENCE_MS, notesOf(deps));
    if (notes === LATE) return notReady('REDIS', 'Redis does not answer within a second.');
    return { reasons: [], notes };
  } catch {
    return notReady('REDIS', 'Redis refuses to answer.');
  }
}

async function notesOf(deps: LedgerHealthDeps): Promise<HealthReason[]> {
  const { redis, project, guard, clock, fitness } = deps;
  await redis.ping();
  const [stop, frozen, foreign, odd] = await Promise.all([
    project.stopped(),
    guard.waiting(),
    project.foreign.row(),
    project.odd.read(),
  ]);
  const notes: HealthReason[] = [];
  if (stop) notes.push({ code: stop.code, message: `Nothing is submitted: ${stop.message}` });
  if (odd) notes.push({ code: odd.blocks ?? 'ODD_IMAGES', message: odd.text });
  const unfit = await fitness?.look();
  if (unfit) notes.push({ code: unfit.code, message: `Nothing is created: ${unfit.message}` });
  if (frozen !== undefined) {
    const until = new Date(clock.now() + frozen.ms).toISOString();
    const message = `Redis has lost writes, or may have: no create before about ${until}.`;
    notes.push({ code: 'REDIS_BEHIND', message });
  }
  if (foreign && foreign.count > 1) {
    const message = `Something other than the cloud answers: ${foreign.code}: ${foreign.message}`;
    notes.push({ code: 'FOREIGN_ANSWERS', message });
  }
  return notes;
}
