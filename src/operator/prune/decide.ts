import type { ImsImage, OddImage } from '../../shared/cloud/ims/ims-answers.ts';
import { compileGlob } from '../../shared/image/glob.ts';
import { isDead } from '../../shared/image/image-fields.ts';
import type { RetentionRule } from '../../shared/image/image-request.ts';
import { copyMarkerOf, type ImportKey, markerOf } from '../../shared/image/import-key.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { isEnded } from '../../shared/state/machine.ts';

export interface PruneWorld {
  readonly projectId: string;
  readonly rules: readonly RetentionRule[];
  /** The whole list of the project. */
  readonly images: readonly ImsImage[];
  readonly odd: readonly OddImage[];
  /** Of every marker in the list. */
  readonly entries: ReadonlyMap<ImportKey, LedgerEntry>;
  /** Batches in which an import is not settled. */
  readonly unfinished: ReadonlySet<string>;
  /** Ids of images, and import keys, that open imports name. */
  readonly needed: ReadonlySet<string>;
  /** Images of another installation. */
  readonly others: ReadonlySet<string>;
  /** Image → servers that were made from it. */
  readonly servers: ReadonlyMap<string, readonly string[]>;
  /** Image → with which projects it is shared, or why that could not be read. Not in it: not read. */
  readonly shared: ReadonlyMap<string, SharedWith>;
}

export type SharedWith = { readonly projects: readonly string[] } | { readonly unread: string };

export type KeepCode =
  | 'newest'
  | 'no-time'
  | 'not-active'
  | 'protected'
  | 'in-use'
  | 'shared'
  | 'double'
  | 'not-in-ledger'
  | 'other-image'
  | 'other-installation'
  | 'open'
  | 'batch-open'
  | 'needed';

/** One image of a family in the plan. */
export interface PlannedRemoval {
  readonly image: ImsImage;
  readonly key: ImportKey;
  readonly entry: LedgerEntry | undefined;
  readonly families: readonly string[];
  /** Absent: it is to be deleted. */
  readonly keep?: KeepCode;
  /** Why it is kept or deleted, in words. */
  readonly why: string;
}

/** The key of the import or copy whose image it says it is. A copy may have the tags of its source as well. */
export function carriedKey(image: ImsImage): ImportKey | undefined {
  return copyMarkerOf(image) ?? markerOf(image.tags);
}

/** An image of a family, and the rules that apply to it. */
interface Row extends Subject {
  readonly rules: readonly RetentionRule[];
  readonly isNot: Keep | undefined;
  /** What a rule counts: the image, or all copies of one source. */
  readonly unit: string;
  readonly isCopy: boolean;
}

/**
 * What is to be deleted, and why the rest is kept: every image of our project that carries our marker and has
 * a name of one of the families, the newest first. The copies of a family count among themselves, or an image
 * with an encrypted copy would take two places, and those of one image count as one. Pure.
 */
export function planPrune(world: PruneWorld): readonly PlannedRemoval[] {
  const rows = rowsOf(world);
  const images = planned(
    rows.filter(({ isCopy }) => !isCopy),
    world,
  );
  const newest = new Map(
    images.flatMap(({ key, keep, why }) => (keep === 'newest' ? [[key, why]] : [])),
  );
  const copies = planned(
    rows.filter(({ isCopy }) => isCopy),
    world,
    newest,
  );
  return [...images, ...copies].sort(
    (a, b) => b.image.createdAt - a.image.createdAt || (a.image.id < b.image.id ? -1 : 1),
  );
}

function rowsOf(world: PruneWorld): readonly Row[] {
  const families = world.rules.map((rule) => ({ rule, glob: compileGlob(rule.family) }));
  const counts = markerCounts(world);
  return world.images.flatMap((image) => {
    const key = carriedKey(image);
    if (key === undefined || image.owner !== world.projectId || isDead(image.status)) return [];
    const matching = families.filter(({ glob }) => glob.matches(image.name));
    if (matching.length === 0) return [];
    const entry = world.entries.get(key);
    const isNot = whyNotOurs({ image, key, entry }, world, counts);
    const isCopy = copyMarkerOf(image) !== undefined;
    const unit = entry?.request.kind === 'copy' ? entry.request.source : key;
    return [{ image, key, entry, rules: matching.map(({ rule }) => rule), isNot, unit, isCopy }];
  });
}

/** @param newest images that are kept as the newest of their family, and why: then their copies are kept as well */
function planned(
  rows: readonly Row[],
  world: PruneWorld,
  newest: ReadonlyMap<ImportKey, string> = new Map(),
): readonly PlannedRemoval[] {
  const cutoffs = new Map(world.rules.map((rule) => [rule, cutoffOf(rule, rows)]));
  return rows.map((row): PlannedRemoval => {
    const { image, key, entry, rules, isNot, unit, isCopy } = row;
    const families = [...new Set(rules.map(({ family }) => family))];
    const source = newest.get(unit);
    const ofNewest = source === undefined ? undefined : keep('newest', `its source is ${source}`);
    const kept = isNot ?? whyYoung(row, cutoffs) ?? ofNewest ?? whyNeeded(row, world);
    const why = kept ?? { why: `older than ${newestOf(rules, isCopy)}` };
    return { image, key, entry, families, ...why };
  });
}

interface Keep {
  readonly keep: KeepCode;
  readonly why: string;
}

type Subject = Pick<PlannedRemoval, 'image' | 'key' | 'entry'>;

function keep(code: KeepCode, why: string): Keep {
  return { keep: code, why };
}

/** `the newest 3 of debian-12-* and the newest of web-*`; of copies `the newest 3 copies of debian-12-*` */
function newestOf(rules: readonly RetentionRule[], isCopy: boolean): string {
  const parts = rules.map(({ keepLast, family }) => {
    const copies = isCopy ? `${keepLast === 1 ? 'copy' : 'copies'} ` : '';
    return `the newest ${keepLast === 1 ? '' : `${keepLast} `}${copies}of ${family}`;
  });
  return [...new Set(parts)].join(' and ');
}

/** How many images carry each marker, whoever made them, with those that cannot be read. */
function markerCounts({ images, odd, projectId }: PruneWorld): ReadonlyMap<ImportKey, number> {
  const own = images.filter(({ owner, status }) => owner === projectId && !isDead(status));
  const keys = [
    ...own.flatMap((image) => [markerOf(image.tags) ?? [], copyMarkerOf(image) ?? []].flat()),
    ...odd.flatMap((one) => one.markers),
  ];
  const counts = new Map<ImportKey, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Only an image that the ledger has as the result of its import can be deleted, or counts as one of the newest. */
function whyNotOurs(
  { image, key, entry }: Subject,
  { others }: PruneWorld,
  counts: ReadonlyMap<ImportKey, number>,
): Keep | undefined {
  if (image.status !== 'active') return keep('not-active', `it is ${image.status}`);
  if (image.createdAt <= 0) return keep('no-time', 'IMS does not report when it was created');
  if ((counts.get(key) ?? 0) > 1) return keep('double', 'several images carry its marker');
  if (others.has(image.id)) {
    return keep('other-installation', 'another installation has created it');
  }
  if (!entry) {
    return keep('not-in-ledger', 'its import is not in this ledger: archived, or made elsewhere');
  }
  const { state, lateImageIds } = entry;
  if (!isEnded(state.status)) return keep('open', `its import is ${state.status}`);
  if (state.status !== 'succeeded') return keep('other-image', `its import is ${state.status}`);
  if (state.imageId !== image.id) {
    return keep('other-image', `its import has another image, ${state.imageId}`);
  }
  return lateImageIds.length > 0 ? keep('double', 'its import has several images') : undefined;
}

/** From which time on a rule keeps every image. */
interface Cutoff {
  readonly time: number;
  /** More than the rule's number have this time or a later one. */
  readonly isTied: boolean;
  /** Of what the rule counts: when its newest image was created. */
  readonly times: ReadonlyMap<Row['unit'], number>;
}

const KEEPS_ALL: Cutoff = {
  time: Number.NEGATIVE_INFINITY,
  isTied: false,
  times: new Map(),
};

/** Of images with the same time nobody can say which one is the newer: all of them are kept. */
function cutoffOf(rule: RetentionRule, rows: readonly Row[]): Cutoff {
  const times = new Map<Row['unit'], number>();
  for (const { image, rules, isNot, unit } of rows) {
    if (isNot !== undefined || !rules.includes(rule)) continue;
    times.set(unit, Math.max(image.createdAt, times.get(unit) ?? 0));
  }
  const sorted = [...times.values()].sort((a, b) => b - a);
  const time = sorted[Math.max(1, rule.keepLast) - 1] ?? Number.NEGATIVE_INFINITY;
  return { time, isTied: sorted.filter((one) => one >= time).length > rule.keepLast, times };
}

/** One rule is enough to keep it. */
function whyYoung(
  { image, rules, unit, isCopy }: Row,
  cutoffs: ReadonlyMap<RetentionRule, Cutoff>,
): Keep | undefined {
  for (const rule of rules) {
    const { time, isTied, times } = cutoffs.get(rule) ?? KEEPS_ALL;
    const at = times.get(unit) ?? image.createdAt;
    if (at < time) continue;
    const { family } = rule;
    if (at === time && isTied) {
      return keep('newest', `as old as the last kept ${isCopy ? 'copy ' : ''}of ${family}`);
    }
    return keep('newest', `${rule.keepLast === 1 ? '' : 'one of '}${newestOf([rule], isCopy)}`);
  }
  return undefined;
}

/** Old enough, but somebody needs it. */
function whyNeeded({ image, key, entry }: Subject, world: PruneWorld): Keep | undefined {
  if (image.isProtected !== false) {
    const text = image.isProtected
      ? 'it is protected'
      : 'IMS does not report whether it is protected';
    return keep('protected', text);
  }
  const used = whyUsed(world.servers.get(image.id));
  if (used) return used;
  if (image.isShared) return keep('shared', 'it is shared with other projects');
  const shared = whyShared(world.shared.get(image.id));
  if (shared) return shared;
  const batch = entry?.batches.find((name) => world.unfinished.has(name));
  if (batch !== undefined) return keep('batch-open', `its batch ${batch} is not finished`);
  const isNeeded = world.needed.has(image.id) || world.needed.has(key);
  return isNeeded ? keep('needed', 'an open import names it') : undefined;
}

export function whyUsed(servers: readonly string[] | undefined): Keep | undefined {
  return servers && keep('in-use', `servers were made from it: ${servers.join(', ')}`);
}

export function whyShared(shared: SharedWith | undefined): Keep | undefined {
  if (!shared) return undefined;
  if ('unread' in shared) {
    return keep('shared', `whether it is shared cannot be read: ${shared.unread}`);
  }
  if (shared.projects.length === 0) return undefined;
  return keep('shared', `it is shared with ${shared.projects.join(', ')}`);
}

/** True where an unreadable image may carry a marker that cannot be seen: then nothing may be deleted. */
export function hidesMarker({ odd, projectId }: Pick<PruneWorld, 'odd' | 'projectId'>): boolean {
  return odd.some(({ image, fields, isMarked, markers }) => {
    const isOthers = !fields.includes('owner') && image.owner !== projectId;
    return !isOthers && markers.length === 0 && (isMarked || fields.includes('tags'));
  });
}
