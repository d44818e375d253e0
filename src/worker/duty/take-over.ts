import { LEDGER_SCHEMA } from '../../shared/ledger/ledger-keys.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/** SIGTERM ends a worker within 5 s; one that learns that it is too old ends in the same way. */
const OLD_WORKER_ENDS_MS = 5000;

type Deps = Pick<WorkerDeps, 'ledger' | 'guard' | 'log'>;

/**
 * Takes over a ledger that an older version has written: its workers are refused from now on, and creates
 * wait until they have ended and the index of images is built. Does nothing for a ledger of our own.
 */
export async function takeOver({ ledger, log }: Deps): Promise<void> {
  const before = await ledger.owners.raiseSchema(OLD_WORKER_ENDS_MS);
  if (before === 0 || before >= LEDGER_SCHEMA) return;
  log.warn(
    { schema: before },
    'the ledger of an older version is taken over: creates wait until its workers have ended',
  );
}

/** One worker builds the index, as soon as nobody of the older version is left who would not keep it. */
export async function buildIndex(deps: Deps): Promise<void> {
  const { ledger, guard, log } = deps;
  if (await ledger.owners.isComplete()) return;
  await takeOver(deps);
  if ((await guard.waiting()) !== undefined) return;
  const clashes = await ledger.owners.build();
  for (const { imageId, owner, key } of clashes) {
    log.error({ imageId, key, owner }, 'two imports of the ledger name one image');
  }
  log.info({ clashes: clashes.length }, 'the images of the ledger are entered in the index');
}
