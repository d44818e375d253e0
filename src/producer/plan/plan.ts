import type { ImportKey } from '../../shared/image/import-key.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import type { SourceVerdict } from './check-sources.ts';
import { PLAN_WORDS, type PlanWord } from './plan-image.ts';

/** One image of a manifest, and what `submit` would do with it. */
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
  /** `null` if its object was not checked. */
  readonly source: SourceVerdict | null;
  readonly notes: readonly string[];
}

/** Room for images: IMS counts them per project and region. */
export interface QuotaPlan {
  readonly used: number;
  /** `Infinity` (`null` in JSON): no limit. */
  readonly quota: number;
  readonly free: number;
  /** Images that these manifests would create. */
  readonly needs: number;
  /** Pending images of other batches. */
  readonly waiting: number;
}

/** IMS: 40 images in creation at once per tenant. */
export const TENANT_TASKS = 40;

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
  /** Why submitting is stopped, if it is. */
  readonly stopped: string | null;
  /** What could not be checked, and why. */
  readonly not_checked: readonly string[];
  readonly images: readonly PlannedImage[];
}

/** True if the quota is too small for what would be created. */
export function exceedsQuota({ quota }: Plan): boolean {
  return quota !== null && quota.needs > quota.free;
}

/** Images whose object IMS would refuse. */
export function badSources({ images }: Plan): readonly PlannedImage[] {
  return images.filter(({ source }) => source?.state === 'bad');
}

const MEANING: Readonly<Record<PlanWord, string>> = {
  create: 'to be created',
  'over-quota': 'to be created, but over the quota',
  adopt: 'in IMS already with our marker: to be adopted',
  imported: 'already imported',
  'under-way': 'under way',
  held: 'held until you decide (ims-ferry resolve)',
  failed: 'failed before, not retried',
  cancelled: 'cancelled before',
};

/** One line per image: what `submit` would do with it. */
export function imageLine(image: PlannedImage, nameWidth: number): string {
  const { verdict, name, image_url, image_id, differs, source, notes } = image;
  const differing = differs.length === 0 ? [] : [`differs in ${differs.join(', ')}`];
  const bad = source === null || source.state === 'good' ? [] : [source.message];
  const more = [...differing, ...bad, ...notes];
  const id = image_id === null ? '' : `  image ${image_id}`;
  const tail = more.length === 0 ? '' : `  (${more.join('; ')})`;
  const line = `  ${verdict.padEnd(10)}  ${name.padEnd(nameWidth)}  ${image_url}${id}${tail}`;
  return escapeText(line);
}

/** The plan in a few lines: counts, quota, what could not be checked. */
export function planSummary(plan: Plan): readonly string[] {
  const counts = PLAN_WORDS.filter((word) => plan.counts[word] > 0).map(
    (word) => `${plan.counts[word]} ${MEANING[word]}`,
  );
  const { in_flight, limit, tenant_limit } = plan.tasks;
  const bad = badSources(plan).length;
  return [
    `${imageCount(plan.images.length)}: ${counts.join(', ')}`,
    ...quotaLines(plan),
    `In flight: ${in_flight} now, at most ${limit} at once (IMS_FERRY_MAX_IN_FLIGHT; IMS allows ${tenant_limit} per tenant)`,
    ...(limit > tenant_limit
      ? [`Warning: IMS_FERRY_MAX_IN_FLIGHT is ${limit}; IMS refuses more than ${tenant_limit}`]
      : []),
    ...(bad === 0 ? [] : [`Sources: IMS would refuse ${bad}; see their lines`]),
    ...(plan.stopped === null ? [] : [`Submitting is stopped: ${plan.stopped}`]),
    ...plan.not_checked.map((what) => escapeText(`Not checked: ${what}`)),
  ];
}

function quotaLines(plan: Plan): readonly string[] {
  if (!plan.quota) return [];
  const { used, quota, free, needs, waiting } = plan.quota;
  const others = waiting === 0 ? '' : `; ${imageCount(waiting)} of other batches pending, too`;
  const room = quota === Number.POSITIVE_INFINITY ? 'no limit' : `${free} of ${quota} free`;
  const line = `Quota: ${room} (${used} used), ${needs} needed${others}`;
  if (!exceedsQuota(plan)) return [line];
  return [
    line,
    `The quota is ${imageCount(needs - free)} short: delete images, or request a larger quota`,
  ];
}

function imageCount(count: number): string {
  return count === 1 ? '1 image' : `${count} images`;
}
