import { escapeText } from '../../shared/text/escape-text.ts';
import { badSources, exceedsQuota, type Plan, type PlannedImage } from './plan.ts';
import { PLAN_WORDS, type PlanWord } from './plan-image.ts';

const MEANING: Readonly<Record<PlanWord, string>> = {
  create: 'to be created',
  'over-quota': 'to be created, but above the quota',
  adopt: 'there already with our marker: taken over',
  imported: 'already imported',
  'under-way': 'under way',
  held: 'held for you to settle (ims-ferry resolve)',
  failed: 'failed before, not retried',
  cancelled: 'cancelled before',
};

/** One line an image, as `submit` would treat it. */
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

/** The plan in a few lines: counts, room, what could not be checked. */
export function planSummary(plan: Plan): readonly string[] {
  const counts = PLAN_WORDS.filter((word) => plan.counts[word] > 0).map(
    (word) => `${plan.counts[word]} ${MEANING[word]}`,
  );
  const { in_flight, limit, tenant_limit } = plan.tasks;
  const bad = badSources(plan).length;
  return [
    `${plan.images.length} images: ${counts.join(', ')}`,
    ...quotaLines(plan),
    `Tasks: ${in_flight} at work now, at most ${limit} at once (IMS_FERRY_MAX_IN_FLIGHT; IMS allows a tenant ${tenant_limit})`,
    ...(limit > tenant_limit
      ? [`Warning: IMS_FERRY_MAX_IN_FLIGHT is ${limit}; IMS refuses more than ${tenant_limit}`]
      : []),
    ...(bad === 0 ? [] : [`Sources: ${bad} would be refused by IMS; see their lines`]),
    ...(plan.stopped === null ? [] : [`Nothing is submitted now: ${plan.stopped}`]),
    ...plan.not_checked.map((what) => escapeText(`Not checked: ${what}`)),
  ];
}

function quotaLines(plan: Plan): readonly string[] {
  if (!plan.quota) return [];
  const { used, quota, free, needs, waiting } = plan.quota;
  const others =
    waiting === 0 ? '' : `; ${waiting} images of other batches wait for their place, too`;
  const room = quota === Number.POSITIVE_INFINITY ? 'no limit' : `${free} of ${quota} free`;
  const line = `Quota: ${room} (${used} used), ${needs} needed${others}`;
  if (!exceedsQuota(plan)) return [line];
  return [line, `The quota is short by ${needs - free}: delete images, or ask for a larger quota`];
}
