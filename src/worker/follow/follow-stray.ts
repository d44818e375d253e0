import type { ImportKey } from '../../shared/image/import-key.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';

/**
 * Follows an IMS job of an older intent to its end, so that a double is not only announced but
 * named: which image, beside which. Nothing is deleted.
 */
export async function followStray(
  deps: WorkerDeps,
  key: ImportKey,
  imsJobId: string,
): Promise<Step> {
  const answer = await deps.ims.job(imsJobId);
  if (answer.kind === 'not-found') return { kind: 'done' };
  if (answer.kind === 'failed') return { kind: 'again', delayMs: deps.config.poll.maxMs };
  const { status, imageId } = answer.value;
  switch (status) {
    case 'SUCCESS':
      deps.log.error({ key, imsJobId, imageId }, 'double: the second IMS job made an image');
      return { kind: 'done' };
    case 'FAIL':
      deps.log.info({ key, imsJobId }, 'no double: the second IMS job failed');
      return { kind: 'done' };
    case 'INIT':
    case 'RUNNING':
    case 'other':
      return { kind: 'again', delayMs: deps.config.poll.maxMs };
  }
}
