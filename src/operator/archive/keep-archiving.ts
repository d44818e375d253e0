import { FerryError } from '../../shared/errors/errors.ts';
import type { Logger } from '../../shared/log/logger.ts';
import { archiveBatches } from './archive-batches.ts';
import type { ArchiveDeps, Archived } from './archive-deps.ts';

const HOUR_MS = 3_600_000;

export interface KeepArchiving {
  /** How long ago a batch has to have finished, in milliseconds. */
  readonly afterMs: number;
  readonly folder: string;
  readonly log: Logger;
  /** The ledgers to look through, each time anew: clouds come in with manifests. */
  readonly ledgers: () => Promise<readonly ArchiveDeps[]>;
}

/** Archives what is old enough, once an hour, until it is told to stop. Trouble costs one round. */
export async function keepArchiving(
  { clock, random, stop }: Pick<ArchiveDeps, 'clock' | 'random' | 'stop'>,
  keeping: KeepArchiving,
): Promise<void> {
  const { afterMs, log } = keeping;
  while (!stop.aborted) {
    try {
      for (const deps of await keeping.ledgers()) await archiveOld(deps, keeping);
    } catch (error) {
      const isOurs = error instanceof FerryError;
      const fields = isOurs ? { reason: error.message, advice: error.advice } : { err: error };
      if (!stop.aborted) log.warn(fields, 'archiving failed, trying again later');
    }
    await clock.sleep(Math.min(HOUR_MS, afterMs) * (0.9 + 0.2 * random.next()), stop);
  }
}

async function archiveOld(deps: ArchiveDeps, keeping: KeepArchiving): Promise<void> {
  const wanted = { batches: [], olderThanMs: keeping.afterMs, folder: keeping.folder };
  await archiveBatches(deps, wanted, (archived) => tell(archived, keeping.log));
}

function tell(archived: Archived, log: Logger): void {
  const { kind, ...fields } = archived;
  switch (kind) {
    case 'archived':
      log.info(fields, 'batch archived');
      break;
    case 'kept':
      log.warn(fields, 'batch archived in part: it has moved meanwhile');
      break;
    case 'not-yet':
      log.warn(fields, 'batch not archived');
      break;
    case 'stopped':
      break;
  }
}
