import type { ImageRequest } from '../../shared/image/image-request.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import type { RetentionRows } from '../../shared/image/retention.ts';
import type { FieldUpdate } from '../../shared/update/image-updates.ts';
import type { SourceVerdict } from './check-sources.ts';
import type { PlanWord } from './plan-image.ts';

/** One image of a manifest, and what `submit` would do with it. */
export interface PlannedImage {
  readonly file: string;
  readonly line: number;
  readonly batch: string;
  readonly key: ImportKey;
  readonly name: string;
  readonly kind: ImageRequest['kind'];
  readonly image_url: string;
  /** GB; of `auto` what the file says, `null` while that is not known. */
  readonly min_disk: number | null;
  /** Of a copy: the key of its source, and the cloud that it goes to, unless that is the same. */
  readonly copy_of: ImportKey | null;
  readonly copy_to: string | null;
  readonly verdict: PlanWord;
  /** False where a person should look: a problem, a difference, or an object that could not be checked. */
  readonly ok: boolean;
  readonly differs: readonly string[];
  /** What `submit --update` would change of an image that exists. */
  readonly updates: readonly FieldUpdate[];
  /** Fields that differ from what was imported, and that only a new import changes. */
  readonly cannot_change: readonly string[];
  readonly image_id: string | null;
  /** `null` if its object was not checked. */
  readonly source: SourceVerdict | null;
  readonly notes: readonly string[];
  /** Projects that it is to be shared with. */
  readonly members: readonly string[];
}

/** Room for images: IMS counts them per project and region. */
export interface QuotaPlan {
  readonly used: number;
  /** `Infinity` (`null` in JSON): no limit. */
  readonly quota: number;
  readonly free: number;
  /** Images that these manifests would create. */
  readonly needs: number;
  /** Pending images that these manifests do not have. */
  readonly waiting: number;
}

/** IMS: 40 images in creation at once per tenant. */
export const TENANT_TASKS = 40;

/** From the first create to the last outcome. */
export interface PlannedTime {
  readonly about_ms: number;
  readonly plus_minus_ms: number;
  /** Images in flight at once: what the limit and the cloud allow. */
  readonly in_flight: number;
  /** Pending images of others, which come first. */
  readonly ahead: number;
}

export interface Plan {
  readonly counts: Readonly<Record<PlanWord, number>>;
  /** `null` if it could not be read. */
  readonly quota: QuotaPlan | null;
  readonly tasks: {
    readonly in_flight: number;
    /** IMS_FERRY_MAX_IN_FLIGHT. */
    readonly limit: number;
    readonly tenant_limit: number;
  };
  /** How long it would take; `null` while the project has learned nothing of such imports. */
  readonly time: PlannedTime | null;
  /** Why submitting is stopped, if it is. */
  readonly stopped: string | null;
  /** What could not be checked, and why. */
  readonly not_checked: readonly string[];
  /** Targets that the manifests name: they are notified as well. */
  readonly notify: readonly string[];
  /** What `prune` would keep of these families; nothing else deletes. */
  readonly retention: RetentionRows;
  readonly images: readonly PlannedImage[];
}

/** True if the quota is too small for what would be created. */
export function exceedsQuota({ quota }: Plan): boolean {
  return quota !== null && quota.needs > quota.free;
}

/** How many images `submit --update` would change. */
export function countUpdates({ images }: Plan): number {
  return new Set(images.filter(({ updates }) => updates.length > 0).map(({ key }) => key)).size;
}

/** Images whose object IMS would refuse: those that `submit` leaves out, and those in the queue already. */
export function badSources({ images }: Plan): readonly PlannedImage[] {
  return images.filter(({ source }) => source?.state === 'bad');
}

/** Images that `submit` leaves out. */
export function refusedImages({ images }: Plan): readonly PlannedImage[] {
  return images.filter(({ verdict }) => verdict === 'refused');
}

/** What is reported of an image that `submit` leaves out. */
export type LeftOut = Pick<
  PlannedImage,
  'file' | 'line' | 'batch' | 'key' | 'name' | 'image_url' | 'source'
>;
