import {
  AUTO_DISK,
  type ImageRequest,
  type Manifest,
  type ManifestImage,
} from '../../shared/image/image-request.ts';
import { type ImportKey, importKey, markerOf } from '../../shared/image/import-key.ts';
import { retentionRows } from '../../shared/image/retention.ts';
import { isElsewhere } from '../../shared/look-up/find-ours.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import type { ImportState } from '../../shared/state/import-state.ts';
import type { StatusDeps } from '../status-deps.ts';
import { checkSources, fileFactsOf, type SourceVerdict } from './check-sources.ts';
import { listFolders } from './list-folders.ts';
import {
  type Plan,
  type PlannedImage,
  type PlannedTime,
  type QuotaPlan,
  TENANT_TASKS,
} from './plan.ts';
import {
  imagesMade,
  type Known,
  type NewAttempts,
  NO_NEW_ATTEMPTS,
  PLAN_WORDS,
  type PlanWord,
  planImage,
} from './plan-image.ts';
import type { CloudView, Listed } from './read-cloud.ts';

export interface PlanInput {
  readonly manifests: readonly Manifest[];
  readonly cloud: CloudView;
  /** Absent without OBS credentials. */
  readonly sources?: SourceFiles;
  readonly maxInFlight: number;
  /** How many objects are checked, and how many will be. */
  readonly onChecked?: (done: number, total: number) => void;
  /** Which images get a new attempt. @default none */
  readonly again?: NewAttempts;
  /** How long the import of these takes at a limit of images in flight; `undefined` where nothing is learned. */
  readonly estimate?: (
    images: readonly Timed[],
    limit: number,
  ) => Promise<{ readonly ms: number; readonly plusMinusMs: number } | undefined>;
}

type Timed = Pick<ManifestImage, 'request' | 'file'>;

const PAGE = 500;

/** What `submit` would do with every image. Changes nothing. */
export async function makePlan(deps: StatusDeps, input: PlanInput): Promise<Plan> {
  const { manifests, cloud, sources } = input;
  const wanted: Draft[] = [];
  for (const manifest of manifests) wanted.push(...(await draftsOf(deps, manifest, input)));
  // What IMS would refuse takes no room in the quota.
  const drafts = sources ? await withSources(wanted, { ...input, sources }) : wanted;
  const isCounted = cloud.quota !== undefined || input.estimate !== undefined;
  const waiting = isCounted ? await pendingBesides(deps, drafts) : 0;
  const quota = quotaPlan(drafts, waiting, cloud);
  const images = withinQuota(drafts, quota);
  const countOf = (word: PlanWord) => images.filter(({ verdict }) => verdict === word).length;
  const counts = PLAN_WORDS.map((word) => [word, countOf(word)] as const);
  const in_flight = await deps.ledger.inFlight();
  const stop = await deps.project.stopped();
  const created = drafts.flatMap(({ request, image: { source } }, at): Timed[] => {
    const file = source ? fileFactsOf(source) : undefined;
    const timed = file ? { request, file } : { request };
    return images[at]?.verdict === 'create' ? [timed] : [];
  });
  return {
    counts: Object.fromEntries(counts) as Record<PlanWord, number>,
    quota,
    tasks: { in_flight, limit: input.maxInFlight, tenant_limit: TENANT_TASKS },
    time: await plannedTime(created, waiting, input),
    stopped: stop ? `${stop.code}: ${stop.message}` : null,
    not_checked: cloud.notChecked,
    notify: [...new Set(manifests.flatMap(({ notify }) => notify ?? []))],
    retention: retentionRows(manifests.flatMap(({ retention = [] }) => retention)),
    images,
  };
}

async function plannedTime(
  created: readonly Timed[],
  ahead: number,
  { estimate, maxInFlight }: PlanInput,
): Promise<PlannedTime | null> {
  if (!estimate || created.length === 0) return null;
  const in_flight = Math.min(maxInFlight, TENANT_TASKS);
  const found = await estimate(created, in_flight);
  if (!found) return null;
  const { ms, plusMinusMs } = found;
  const about_ms = Math.round(ms);
  return { about_ms, plus_minus_ms: Math.round(plusMinusMs), in_flight, ahead };
}

/** A planned image with its request, which decides how much of the quota it takes. */
interface Draft {
  readonly image: PlannedImage;
  readonly request: ImageRequest;
  readonly unsized?: ManifestImage['unsized'];
  /** Its queue job waits already: it cannot be left out any more. */
  readonly isEnqueued: boolean;
}

async function draftsOf(
  deps: StatusDeps,
  manifest: Manifest,
  { cloud: { listed }, again = NO_NEW_ATTEMPTS }: PlanInput,
): Promise<readonly Draft[]> {
  const drafts: Draft[] = [];
  for (let from = 0; from < manifest.images.length; from += PAGE) {
    const page = manifest.images.slice(from, from + PAGE);
    const keys = page.map(({ request }) => importKey(request));
    const entries = await deps.ledger.readMany(keys);
    const known = new Map(entries.map((entry) => [entry.key, entry]));
    for (const [index, { request, line, unsized }] of page.entries()) {
      const key = keys[index] ?? '';
      const { name, kind, image_url, members = [] } = request;
      const entry = known.get(key);
      // Where a copy to another region is, the list of this one does not show.
      const isHere = !isElsewhere(request);
      const inIms = listed && isHere ? listedFor({ key, name }, listed, entry?.state) : undefined;
      const { word, isOdd, ...decision } = planImage({ request, entry, listed: inIms, again });
      const { differs, imageId: image_id = null, notes, updates, fixed } = decision;
      const { file, name: batch } = manifest;
      const place = { file, line, batch, key, name, kind, image_url, members, ...copied(request) };
      drafts.push({
        request,
        ...(unsized && { unsized }),
        isEnqueued: entry?.state.status === 'pending',
        image: {
          ...{ ...place, verdict: word, ok: !isOdd, differs, image_id, source: null, notes },
          ...{ updates, cannot_change: fixed },
          min_disk: request.min_disk === AUTO_DISK ? null : request.min_disk,
        },
      });
    }
  }
  return drafts;
}

function copied(request: ImageRequest): Pick<PlannedImage, 'copy_of' | 'copy_to'> {
  if (request.kind !== 'copy') return { copy_of: null, copy_to: null };
  return { copy_of: request.source, copy_to: request.to?.cloud ?? null };
}

function listedFor(
  { key, name }: { readonly key: ImportKey; readonly name: string },
  listed: Listed,
  state: ImportState | undefined,
): Known['listed'] {
  const own = state?.status === 'succeeded' ? listed.byId.get(state.imageId) : undefined;
  return {
    ...(own && { own }),
    ours: listed.marked.get(key) ?? [],
    namesakes: (listed.byName.get(name) ?? []).filter(({ tags }) => markerOf(tags) !== key),
    has: (imageId) => listed.byId.has(imageId),
  };
}

/** Pending images that are not among these. */
async function pendingBesides(deps: StatusDeps, drafts: readonly Draft[]): Promise<number> {
  const enqueued = Map.groupBy(
    drafts.filter(({ isEnqueued }) => isEnqueued),
    ({ image }) => image.batch,
  );
  let waiting = 0;
  for (const name of await deps.batches.names()) {
    const pending = (await deps.batches.summary(name))?.counts.pending ?? 0;
    waiting += Math.max(0, pending - (enqueued.get(name)?.length ?? 0));
  }
  return waiting;
}

function quotaPlan(drafts: readonly Draft[], waiting: number, cloud: CloudView): QuotaPlan | null {
  if (!cloud.quota) return null;
  const { used, quota } = cloud.quota;
  const toCreate = drafts.filter(({ image }) => image.verdict === 'create');
  const made = new Map(toCreate.map(({ image, request }) => [image.key, imagesMade(request)]));
  const needs = [...made.values()].reduce((sum, images) => sum + images, 0);
  return { used, quota, free: Math.max(0, quota - used), needs, waiting };
}

/** Marks the images that the quota has no room for, in the order of the manifests. An import counts once. */
function withinQuota(drafts: readonly Draft[], quota: QuotaPlan | null): readonly PlannedImage[] {
  if (!quota) return drafts.map(({ image }) => image);
  let left = quota.free;
  const allowed = new Map<ImportKey, boolean>();
  return drafts.map(({ image, request }) => {
    if (image.verdict !== 'create') return image;
    if (!allowed.has(image.key)) {
      const made = imagesMade(request);
      allowed.set(image.key, made <= left);
      left -= made;
    }
    return allowed.get(image.key) ? image : { ...image, verdict: 'over-quota', ok: false };
  });
}

/** With what was found of the objects of those that are to be created, or of which the size is missing. */
async function withSources(
  drafts: readonly Draft[],
  { sources, onChecked }: Pick<PlanInput, 'onChecked'> & Required<Pick<PlanInput, 'sources'>>,
): Promise<readonly Draft[]> {
  // A copy has the object of its source.
  const created = drafts.filter(
    ({ image: { verdict, kind }, unsized }) =>
      kind !== 'copy' && (verdict === 'create' || unsized !== undefined),
  );
  const requests = created.map(({ request }) => request);
  const look = await listFolders(requests, sources);
  const onProgress = (done: number): void => onChecked?.(done, created.length);
  const verdicts = await checkSources(requests, { ...sources, look }, onProgress);
  const found = new Map(created.map((draft, index) => [draft, verdicts[index]]));
  const judgedDrafts = drafts.map((draft) => {
    const source = found.get(draft);
    return source ? { ...draft, image: judged(draft, source) } : draft;
  });
  return withCopies(judgedDrafts);
}

/** A copy is left out with its source: without it there is nothing to copy. */
function withCopies(drafts: readonly Draft[]): readonly Draft[] {
  const refused = drafts.filter(({ image }) => image.verdict === 'refused');
  const sources = new Map(refused.map(({ image }) => [image.key, image.source]));
  return drafts.map((draft) => {
    const { image, unsized } = draft;
    const isOpen = image.verdict === 'create' || unsized !== undefined;
    const source = isOpen && image.copy_of !== null ? sources.get(image.copy_of) : undefined;
    return source ? { ...draft, image: judged(draft, { ...source, file: null }) } : draft;
  });
}

/**
 * What is in the queue already is sent to IMS, whatever is found: `submit` no longer leaves it out, unless
 * the manifest has something new of which the size is not known.
 */
function judged({ image, isEnqueued, unsized }: Draft, found: SourceVerdict): PlannedImage {
  const source = unsized ? unsizedVerdict(unsized, found) : found;
  const verdict = source.state === 'bad' && (unsized || !isEnqueued) ? 'refused' : image.verdict;
  const isFine = source.state === 'good' && source.findings.length === 0;
  return { ...image, source, verdict, ok: image.ok && isFine };
}

/** Without the size of its disk it cannot be created, whatever else is right. */
function unsizedVerdict(
  { field, reason }: NonNullable<Draft['unsized']>,
  found: SourceVerdict,
): SourceVerdict {
  return found.state === 'bad' ? found : { ...found, state: 'bad', message: `${field} ${reason}` };
}
