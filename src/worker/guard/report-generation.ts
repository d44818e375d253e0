import type { GuardReport, Holder } from '../../shared/ledger/guard-store.ts';
import { refuseNewer } from '../../shared/ledger/project-store.ts';
import { sendBudgetMs } from '../submit/deadline.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/**
 * Tells Redis what this worker has seen and how safe its intents are, and learns what the others have.
 * Freezes what is behind.
 * @throws LedgerMismatchError when a newer version has taken the ledger over
 */
export async function reportGeneration(deps: WorkerDeps): Promise<void> {
  const { generation, intents, workerId } = deps;
  const isSafe = await intents.check();
  const { isKept } = generation;
  const told = { workerId, isSafe, isKept, windowMs: lossWindowMs(deps) };
  intents.registering(told);
  const first = await tell(deps, told);
  intents.registered(first.wasKnown, { isSafe, isKept });
  if (first.missing.length === 0) return;
  // What those of this host knew is on its disk, and they are gone: they would have told it themselves.
  const speaksFor = await generation.learnFrom(first.missing);
  if (speaksFor.length > 0) await tell(deps, { ...told, speaksFor });
}

/** How long creates wait where an intent may be lost: it may have been sent until its time was over. */
export function lossWindowMs({ config }: Pick<WorkerDeps, 'config'>): number {
  return config.unknown.windowMs + sendBudgetMs(config.lockMs);
}

async function tell(deps: WorkerDeps, holder: Omit<Holder, 'seen'>): Promise<GuardReport> {
  const { guard, generation, log, clock } = deps;
  const { seen } = generation;
  const report = await guard.report({ ...holder, seen });
  refuseNewer(report.schema);
  if (report.isNews) {
    await deps.project.others.explainAll();
    const until = new Date(clock.wall.now() + report.frozenMs).toISOString();
    log.error(
      { seen, until },
      'Redis has lost what it was told: no create before about this time, and before the image list was scanned',
    );
  }
  await generation.note(report.generation);
  return report;
}
