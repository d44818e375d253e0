import { roughTime } from '../../shared/outlook/words.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { hang, padTo } from '../../shared/text/layout.ts';
import { formatCount } from '../../ui/format.ts';
import { retentionText } from '../../ui/retention-words.ts';
import {
  badSources,
  countUpdates,
  exceedsQuota,
  type Plan,
  type PlannedImage,
  refusedImages,
} from './plan.ts';
import { PLAN_WORDS, type PlanWord } from './plan-image.ts';
import { detailsOf } from './plan-problems.ts';

const MEANING: Readonly<Record<PlanWord, string>> = {
  create: 'to be created',
  refused: 'refused and left out',
  'over-quota': 'over the quota',
  adopt: 'to be adopted (in IMS already with our marker)',
  imported: 'already imported',
  'under-way': 'under way',
  held: 'held until you decide',
  failed: 'failed before',
  cancelled: 'cancelled before',
};

/** One line per image: what `submit` would do with it. */
export function imageLine(image: PlannedImage, nameWidth: number): string {
  const { verdict, name, image_id, min_disk } = image;
  const disk = (min_disk === null ? '?' : `${min_disk} GB`).padStart(DISK_WIDTH);
  const id = image_id === null ? '' : `  image ${image_id}`;
  const more = detailsOf(image);
  const tail = more === '' ? '' : `  (${escapeText(more)})`;
  const shown = padTo(escapeText(name), nameWidth);
  return `  ${verdict.padEnd(10)}  ${shown}  ${disk}  ${madeOf(image)}${id}${tail}`;
}

function madeOf({ kind, copy_to, image_url }: PlannedImage): string {
  const url = escapeText(image_url);
  if (kind !== 'copy') return url;
  return copy_to === null ? `encrypted copy of ${url}` : `copy of ${url} to ${copy_to}`;
}

/** `1024 GB` */
const DISK_WIDTH = 7;
const LABEL_WIDTH = 11;

/** The plan in a few lines: counts, quota, time, what could not be checked. */
export function planSummary(plan: Plan, columns: number): readonly string[] {
  const { in_flight, limit, tenant_limit } = plan.tasks;
  const inQueue = badSources(plan).length - refusedImages(plan).length;
  const rows: readonly (readonly [label: string, text: string | undefined])[] = [
    ['Images', countsText(plan)],
    ['Quota', quotaText(plan)],
    ['', shortText(plan)],
    ['In flight', `${in_flight} now, at most ${limit} at once (IMS_FERRY_MAX_IN_FLIGHT)`],
    [
      '',
      limit > tenant_limit
        ? `Warning: IMS refuses more than ${tenant_limit} per tenant`
        : undefined,
    ],
    ['Time', timeText(plan)],
    ['Update', updateText(plan)],
    ['Copies', copiesText(plan)],
    ['Shared', sharedText(plan)],
    ['Notified', notifiedText(plan)],
    ['Retention', keptText(plan)],
    [
      'Sources',
      inQueue === 0
        ? undefined
        : `IMS would refuse ${inQueue} that ${isOrAre(inQueue)} in the queue already`,
    ],
    ['Stopped', plan.stopped ?? undefined],
    ...plan.not_checked.map((what) => ['Not checked', what] as const),
  ];
  return rows.flatMap(([label, text]) => {
    if (text === undefined) return [];
    return hang(`${label.padEnd(LABEL_WIDTH)}  `, escapeText(text), columns);
  });
}

function updateText(plan: Plan): string | undefined {
  const count = countUpdates(plan);
  if (count === 0) return undefined;
  const differ = count === 1 ? 'differs from its manifest' : 'differ from their manifest';
  return `${formatCount(count, 'image')} ${differ}; submit --update changes ${count === 1 ? 'it' : 'them'}`;
}

function isOrAre(count: number): string {
  return count === 1 ? 'is' : 'are';
}

function countsText({ counts, images }: Plan): string {
  const parts = PLAN_WORDS.filter((word) => counts[word] > 0).map(
    (word) => `${formatCount(counts[word])} ${MEANING[word]}`,
  );
  return `${formatCount(images.length)}: ${parts.join(', ')}`;
}

/** `12 of 100 free (88 used), 5 needed; 49 other images pending, too` */
function quotaText({ quota: plan }: Plan): string | undefined {
  if (!plan) return undefined;
  const { used, quota, free, needs, waiting } = plan;
  const others = waiting === 0 ? '' : `; ${formatCount(waiting, 'other image')} pending, too`;
  const room =
    quota === Number.POSITIVE_INFINITY
      ? 'no limit'
      : `${formatCount(free)} of ${formatCount(quota)} free`;
  return `${room} (${formatCount(used)} used), ${formatCount(needs)} needed${others}`;
}

function shortText(plan: Plan): string | undefined {
  if (!plan.quota || !exceedsQuota(plan)) return undefined;
  const short = plan.quota.needs - plan.quota.free;
  return `${formatCount(short, 'image')} short: delete images, or request a larger quota`;
}

/** `40 images with 2 other projects, after their import` */
function sharedText({ images }: Plan): string | undefined {
  const shared = images.filter(({ members }) => members.length > 0);
  if (shared.length === 0) return undefined;
  const projects = new Set(shared.flatMap(({ members }) => members)).size;
  return `${formatCount(shared.length, 'image')} with ${formatCount(projects, 'other project')}, after the import`;
}

/** `2, each made after its image: 1 encrypted, 1 to otc-nl` */
function copiesText({ images }: Plan): string | undefined {
  const copies = images.filter(({ kind }) => kind === 'copy');
  if (copies.length === 0) return undefined;
  const places = new Map<string, number>();
  for (const { copy_to } of copies) {
    const place = copy_to === null ? 'encrypted' : `to ${copy_to}`;
    places.set(place, (places.get(place) ?? 0) + 1);
  }
  const each = [...places].map(([place, count]) => `${formatCount(count)} ${place}`);
  return `${formatCount(copies.length)}, each made after its image: ${each.join(', ')}`;
}

function notifiedText({ notify }: Plan): string | undefined {
  return notify.length === 0 ? undefined : `${notify.join(', ')}, besides the default target`;
}

function keptText({ retention }: Plan): string | undefined {
  const newest = retentionText(retention);
  return newest && `prune keeps ${newest}; submit deletes nothing`;
}

function timeText({ time, counts }: Plan): string | undefined {
  if (counts.create === 0) return undefined;
  if (time === null) return 'not known yet: too few images of this kind were imported so far';
  const { about_ms, plus_minus_ms, in_flight, ahead } = time;
  const after = ahead === 0 ? '' : `, after ${formatCount(ahead, 'image')} pending before these`;
  return `about ${roughTime(about_ms)} (± ${roughTime(plus_minus_ms)}) at ${in_flight} in flight${after}`;
}
