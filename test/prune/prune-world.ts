import { type PruneWorld, planPrune } from '../../src/operator/prune/decide.ts';
import type { ImsImage, OddImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { RetentionRule } from '../../src/shared/image/image-request.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import type { ImportState } from '../../src/shared/state/import-state.ts';
import { imageRequest } from '../support/images.ts';

export const PROJECT = 'p';
export const DAY_MS = 86_400_000;

/** A key of 43 characters that ends with this text. */
export function keyOf(text: string): string {
  return text.padStart(43, 'k');
}

export function image(id: string, fields: Partial<ImsImage> = {}): ImsImage {
  return {
    id,
    name: `debian-12-${id}`,
    status: 'active',
    owner: PROJECT,
    tags: [`imsferry=${keyOf(id)}`],
    createdAt: 1,
    isProtected: false,
    ...fields,
  };
}

/** The copy of one: it may still have the tag of its source. */
export function copy(id: string, fields: Partial<ImsImage> = {}): ImsImage {
  return image(id, { tags: [`imsferry-copy=${keyOf(id)}`], dataOrigin: 'image,x', ...fields });
}

export function entry(id: string, fields: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    key: keyOf(id),
    request: imageRequest(`debian-12-${id}`),
    batches: [`batch-${id}`],
    declined: [],
    revision: 1,
    registeredAt: 0,
    polls: 0,
    epoch: 1,
    attempt: 1,
    queued: 0,
    lateJobIds: [],
    lateImageIds: [],
    seenImageIds: [],
    state: { status: 'succeeded', imageId: id },
    ...fields,
  };
}

/** The same of a copy. */
export function copyEntry(id: string, source: string): LedgerEntry {
  const { name, image_url, min_disk } = imageRequest(`debian-12-${id}`);
  return entry(id, {
    request: {
      ...{ kind: 'copy', quick_import: false, of: 'system', copy: 1, source: keyOf(source) },
      ...{ name, image_url, min_disk },
    },
  });
}

export function odd(fields: Partial<OddImage>): OddImage {
  return { image: image('odd'), fields: ['name'], markers: [], isMarked: false, ...fields };
}

export const RULE: RetentionRule = { family: 'debian-12-*', keepLast: 3 };

/** Images of one family, the first one the oldest, each the result of its import. */
export function worldOf(
  images: readonly ImsImage[],
  fields: Partial<PruneWorld> & { readonly changed?: readonly LedgerEntry[] } = {},
): PruneWorld {
  const { changed = [], ...more } = fields;
  const entries = [...images.map(({ id }) => entry(id)), ...changed];
  return {
    projectId: PROJECT,
    rules: [RULE],
    images,
    odd: [],
    entries: new Map(entries.map((one) => [one.key, one])),
    unfinished: new Set(),
    needed: new Set(),
    others: new Set(),
    servers: new Map(),
    shared: new Map(),
    ...more,
  };
}

export const OPEN_STATES: readonly ImportState[] = [
  { status: 'pending' },
  { status: 'submitting', sendBy: 1, sender: 'w' },
  { status: 'creating', since: 1, jobId: 'j' },
  {
    ...{ status: 'unknown', since: 1, sendBy: 1, held: false, lookUps: 0 },
    reason: { code: 'TIMEOUT', message: 'no answer' },
  },
  {
    ...{ status: 'unknown', since: 1, sendBy: 1, held: true, lookUps: 0 },
    reason: { code: 'DOUBLE', message: 'two' },
  },
];

/** The images that the plan would delete. */
export function deletedIn(world: PruneWorld): readonly string[] {
  return planPrune(world).flatMap(({ image: { id }, keep }) => (keep === undefined ? [id] : []));
}
