import type { ImportKey } from '../../shared/image/import-key.ts';
import { slowDown } from '../slow-down.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';

/** So often an IMS job that is not known is asked for again. */
const TRIES = 20;

/**
 * Follows an IMS job of an older intent to its end, so that a double is not only announced but
 * named: which image, beside which. Nothing is deleted.
 */
export async function followStray(
  deps: WorkerDeps,
  key: ImportKey,
  stray: { readonly imsJobId: string; readonly tries: number },
): Promise<Step> {
  const { imsJobId } = stray;
  const { maxMs } = deps.config.poll;
  const laterMs = await deps.pace.ask();
  if (laterMs > 0) return { kind: 'again', delayMs: laterMs };
  const answer = await deps.ims.job(imsJobId);
  if (answer.kind === 'failed') {
    const delayMs = answer.throttled ? await slowDown(deps, 'read', answer.retryAfterMs) : maxMs;
    return { kind: 'again', delayMs };
  }
  if (answer.kind === 'not-found') {
    if (stray.tries < TRIES) return { kind: 'again', delayMs: maxMs };
    deps.log.error({ key, imsJobId }, 'IMS does not know the second IMS job any more');
    return { kind: 'done' };
  }
  const { status, imageId } = answer.value;
  switch (status) {
    case 'SUCCESS':
      await nameDouble(deps, key, { imsJobId, imageId });
      return { kind: 'done' };
    case 'FAIL':
      deps.log.info({ key, imsJobId }, 'no double: the second IMS job failed');
      return { kind: 'done' };
    case 'INIT':
    case 'RUNNING':
    case 'other':
      return { kind: 'again', delayMs: maxMs };
  }
}

/** The image may be the one that was found and adopted before its job id came. */
async function nameDouble(
  deps: WorkerDeps,
  key: ImportKey,
  made: { readonly imsJobId: string; readonly imageId: string | undefined },
): Promise<void> {
  const entry = await deps.ledger.read(key);
  const own = entry && 'imageId' in entry.state ? entry.state.imageId : undefined;
  if (own !== undefined && own === made.imageId) {
    deps.log.info({ key, ...made }, 'no double: the IMS job made the image that was adopted');
  } else {
    deps.log.error({ key, ...made, ownImageId: own }, 'double: the second IMS job made an image');
  }
}
