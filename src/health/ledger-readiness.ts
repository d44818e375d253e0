import type { LedgerGuard } from '../shared/ledger/ledger-guard.ts';
import type { ProjectLedger } from '../shared/ledger/project-ledger.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import type { Fitness } from '../shared/redis/redis-fitness.ts';
import { atMost, type Clock, LATE } from '../shared/runtime/clock.ts';
import { type HealthReason, notReady, type Readiness } from './readiness.ts';

export interface LedgerHealthDeps {
  readonly redis: RedisConnection;
  readonly project: ProjectLedger;
  readonly guard: LedgerGuard;
  readonly clock: Clock;
  readonly fitness?: Fitness;
}

const PATIENCE_MS = 1000;

/**
 * Ready while Redis answers within a second. That the project is stopped, or that creates wait, is a
 * note: another process instead of this one would not help.
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
    notes.push({
      code: 'REDIS_BEHIND',
      message: `Redis has lost writes, or may have: no create before about ${until}.`,
    });
  }
  if (foreign && foreign.count > 1) {
    const { code, message } = foreign;
    notes.push({
      code: 'FOREIGN_ANSWERS',
      message: `Something else than the cloud answers: ${code}: ${message}`,
    });
  }
  return notes;
}
