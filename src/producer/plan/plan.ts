import type { ImportKey } from '../../shared/image/import-key.ts';
import type { PlanWord } from './plan-image.ts';
import type { SourceVerdict } from './source-verdict.ts';

/** One image of a manifest, and what would be done with it. */
export interface PlannedImage {
  readonly file: string;
  readonly line: number;
  readonly batch: string;
  readonly key: ImportKey;
  readonly name: string;
  readonly kind: 'system' | 'data';
  readonly image_url: string;
  readonly verdict: PlanWord;
  readonly differs: readonly string[];
  readonly image_id: string | null;
  /** `null` when its object was not looked at. */
  readonly source: SourceVerdict | null;
  readonly notes: readonly string[];
}

/** Room for images: IMS counts them by project and region. */
export interface QuotaPlan {
  readonly used: number;
  /** `Infinity` (in JSON `null`): there is no limit. */
  readonly quota: number;
  readonly free: number;
  /** Images that these manifests would make. */
  readonly needs: number;
  /** Images of other batches that wait to be created. */
  readonly waiting: number;
}

/** IMS: 40 images at work at once a tenant. */
export const TENANT_TASKS = 40;

export interface Plan {
  readonly counts: Readonly<Record<PlanWord, number>>;
  /** `null` when it was not asked. */
  readonly quota: QuotaPlan | null;
  readonly tasks: {
    readonly in_flight: number;
    /** IMS_FERRY_MAX_IN_FLIGHT. */
    readonly limit: number;
    readonly tenant_limit: number;
  };
  /** Why nothing is submitted at the moment, if so. */
  readonly stopped: string | null;
  /** What was not looked at, and why. */
  readonly not_checked: readonly string[];
  readonly images: readonly PlannedImage[];
}

/** True when the quota cannot hold what would be created. */
export function exceedsQuota({ quota }: Plan): boolean {
  return quota !== null && quota.needs > quota.free;
}

/** Images whose object would be refused. */
export function badSources({ images }: Plan): readonly PlannedImage[] {
  return images.filter(({ source }) => source?.state === 'bad');
}
