import type { Manifest, ManifestImage } from '../../shared/image/image-request.ts';
import { type ImportKey, importKey, markerOf } from '../../shared/image/import-key.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { StatusDeps } from '../batch-status.ts';
import { checkSources, type LookAtObject } from './check-sources.ts';
import { type Plan, type PlannedImage, type QuotaPlan, TENANT_TASKS } from './plan.ts';
import { imagesMade, type Known, PLAN_WORDS, type PlanWord, planImage } from './plan-image.ts';
import type { CloudView, Listed } from './read-cloud.ts';

export interface PlanInput {
  readonly manifests: readonly Manifest[];
  readonly cloud: CloudView;
  /** Absent without OBS credentials. */
  readonly look?: LookAtObject;
  readonly maxInFlight: number;
}

const PAGE = 500;

/** What `submit` would do with every image. Changes nothing. */
export async function makePlan(deps: StatusDeps, input: PlanInput): Promise<Plan> {
  const { manifests, cloud } = input;
  const drafts: Draft[] = [];
  for (const manifest of manifests) drafts.push(...(await draftsOf(deps, manifest, cloud.listed)));
  const quota = await quotaPlan(deps, drafts, input);
  const worded = withinQuota(drafts, quota);
  const images = await withSources(worded, input.look);
  const counts = Object.fromEntries(PLAN_WORDS.map((word) => [word, 0])) as Record<
    PlanWord,
    number
  >;
  for (const { verdict } of images) counts[verdict] += 1;
  const stop = await deps.project.stopped();
  return {
    counts,
    quota,
    tasks: {
      in_flight: await deps.ledger.inFlight(),
      limit: input.maxInFlight,
      tenant_limit: TENANT_TASKS,
    },
    stopped: stop ? `${stop.code}: ${stop.message}` : null,
    not_checked: cloud.notChecked,
    images,
  };
}

/** A planned image with its request, which decides how much of the quota it takes. */
interface Draft {
  readonly image: PlannedImage;
  readonly wanted: ManifestImage;
}

async function draftsOf(
  deps: StatusDeps,
  manifest: Manifest,
  listed: Listed | undefined,
): Promise<readonly Draft[]> {
  const drafts: Draft[] = [];
  for (let from = 0; from < manifest.images.length; from += PAGE) {
    const page = manifest.images.slice(from, from + PAGE);
    const keys = page.map(({ request }) => importKey(request));
    const entries = await deps.ledger.readMany(keys);
    const known = new Map(entries.map((entry) => [entry.key, entry]));
    for (const [index, wanted] of page.entries()) {
      const key = keys[index] ?? '';
      const image = planned(manifest, wanted, { key, entry: known.get(key), listed });
      drafts.push({ image, wanted });
    }
  }
  return drafts;
}

function planned(
  manifest: Manifest,
  { request, line }: ManifestImage,
  at: {
    readonly key: ImportKey;
    readonly entry: LedgerEntry | undefined;
    readonly listed: Listed | undefined;
  },
): PlannedImage {
  const { key, entry, listed } = at;
  const { word, differs, imageId, notes } = planImage({
    request,
    entry,
    listed: listed && listedFor(key, request.name, listed),
  });
  return {
    file: manifest.file,
    line,
    batch: manifest.name,
    key,
    name: request.name,
    kind: request.kind,
    image_url: request.image_url,
    verdict: word,
    differs,
    image_id: imageId ?? null,
    source: null,
    notes,
  };
}

function listedFor(key: ImportKey, name: string, listed: Listed): Known['listed'] {
  return {
    ours: listed.marked.get(key) ?? [],
    namesakes: (listed.byName.get(name) ?? []).filter(({ tags }) => markerOf(tags) !== key),
    has: (imageId) => listed.ids.has(imageId),
  };
}

async function quotaPlan(
  deps: StatusDeps,
  drafts: readonly Draft[],
  { cloud, manifests }: PlanInput,
): Promise<QuotaPlan | null> {
  if (!cloud.quota) return null;
  const { used, quota } = cloud.quota;
  const own = new Set(manifests.map(({ name }) => name));
  let waiting = 0;
  for (const name of await deps.batches.names()) {
    if (!own.has(name)) waiting += (await deps.batches.summary(name))?.counts.pending ?? 0;
  }
  const created = new Map(
    drafts
      .filter(({ image }) => image.verdict === 'create')
      .map(({ image, wanted }) => [image.key, imagesMade(wanted.request)]),
  );
  const needs = [...created.values()].reduce((sum, made) => sum + made, 0);
  return { used, quota, free: Math.max(0, quota - used), needs, waiting };
}

/** Marks the images that the quota has no room for, in the order of the manifests. An import counts once. */
function withinQuota(drafts: readonly Draft[], quota: QuotaPlan | null): readonly Draft[] {
  if (!quota) return drafts;
  let left = quota.free;
  const allowed = new Map<ImportKey, boolean>();
  return drafts.map(({ image, wanted }) => {
    if (image.verdict !== 'create') return { image, wanted };
    if (!allowed.has(image.key)) {
      const made = imagesMade(wanted.request);
      allowed.set(image.key, made <= left);
      left -= made;
    }
    const verdict = allowed.get(image.key) ? 'create' : 'over-quota';
    return { image: { ...image, verdict }, wanted };
  });
}

async function withSources(
  drafts: readonly Draft[],
  look: LookAtObject | undefined,
): Promise<readonly PlannedImage[]> {
  if (!look) return drafts.map(({ image }) => image);
  const created = drafts.filter(({ image: { verdict } }) => isCreated(verdict));
  const requests = created.map(({ wanted }) => wanted.request);
  const verdicts = await checkSources(requests, look);
  const byKey = new Map(created.map(({ image }, index) => [image.key, verdicts[index] ?? null]));
  return drafts.map(({ image }) =>
    isCreated(image.verdict) ? { ...image, source: byKey.get(image.key) ?? null } : image,
  );
}

function isCreated(verdict: PlanWord): boolean {
  return verdict === 'create' || verdict === 'over-quota';
}
