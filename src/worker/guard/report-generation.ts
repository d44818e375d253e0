import { refuseNewer } from '../../shared/ledger/project-ledger.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/**
 * Tells Redis what this worker has seen, and learns what the others have. Freezes what is behind.
 * @throws LedgerMismatchError when a newer version has taken the ledger over
 */
export async function reportGeneration(deps: WorkerDeps): Promise<void> {
  const { guard, generation, config, log } = deps;
  const { seen } = generation;
  const report = await guard.report(seen, config.unknown.windowMs);
  refuseNewer(report.schema);
  if (report.isNews) {
    const until = new Date(report.frozenUntil).toISOString();
    log.error(
      { seen, until },
      'Redis has lost what it was told: no create before this time, and before the image list was scanned',
    );
  }
  await generation.note(report.generation);
}
