import type { ImsImage, ImsJob } from '../../shared/cloud/ims/ims-answers.ts';
import { isDead, isDone } from '../../shared/image/image-fields.ts';
import { type ImportKey, markerOf } from '../../shared/image/import-key.ts';
import type { Reason } from '../../shared/state/import-state.ts';

/** IMS: no figure is documented; an image that is not there so long after SUCCESS is not coming. */
export const SUCCESS_WITHOUT_IMAGE_MS = 10 * 60_000;
/** Reads in a row that must not know an IMS job before it counts as gone. */
export const LOST_READS = 5;
export const OVERDUE_MS = 24 * 3_600_000;

/** What the IMS job says for itself. */
export type JobVerdict =
  | { readonly kind: 'running' }
  /** Check the images before believing it. */
  | { readonly kind: 'success' }
  | { readonly kind: 'failed'; readonly reason: Reason };

export function judgeJob(job: ImsJob): JobVerdict {
  switch (job.status) {
    case 'INIT':
    case 'RUNNING':
    case 'other':
      return { kind: 'running' };
    case 'SUCCESS':
      return { kind: 'success' };
    case 'FAIL':
      return {
        kind: 'failed',
        reason: job.error ?? { code: 'FAIL', message: 'the IMS job failed without a reason' },
      };
  }
}

/** What an image says for itself. */
export type ImageVerdict = 'active' | 'coming' | 'dead' | 'deleted' | 'not-ours';

export function judgeImage(image: ImsImage, key: ImportKey, isMain: boolean): ImageVerdict {
  const marker = markerOf(image.tags);
  if (isMain && marker !== undefined && marker !== key) return 'not-ours';
  if (isDone(image.status)) return 'active';
  if (!isDead(image.status)) return 'coming';
  return image.status === 'killed' ? 'dead' : 'deleted';
}

/** All images of one IMS job together: as good as the worst of them. */
export function worstOf(verdicts: readonly (ImageVerdict | 'missing')[]): ImageVerdict | 'missing' {
  const order = ['not-ours', 'deleted', 'dead', 'missing', 'coming', 'active'] as const;
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'missing';
}
