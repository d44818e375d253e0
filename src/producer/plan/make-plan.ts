import type { ImsClient, ImsImage, Quota } from '../../shared/cloud/ims/ims-answers.ts';
import { describeOdds } from '../../shared/cloud/ims/read-bodies.ts';
import type { Sessions } from '../../shared/cloud/session/session.ts';
import { FerryError } from '../../shared/errors/errors.ts';
import type { ImageRequest, Manifest } from '../../shared/image/image-request.ts';
import { type ImportKey, importKey, markerOf } from '../../shared/image/import-key.ts';
import { isOwnImport, markedImages } from '../../shared/look-up/match-images.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { StatusDeps } from '../batch-status.ts';
import { checkSources, type LookAtObject } from './check-sources.ts';
import { type Plan, type PlannedImage, type QuotaPlan, TENANT_TASKS } from './plan.ts';
import { imagesMade, type Known, PLAN_WORDS, type PlanWord, planImage } from './plan-image.ts';

/** The images of the project, by what a plan looks for. */
export interface Listed {
  readonly marked: ReadonlyMap<ImportKey, readonly ImsImage[]>;
  readonly byName: ReadonlyMap<string, readonly ImsImage[]>;
  readonly ids: ReadonlySet<string>;
}

/** The state of the cloud before anything is done. `notChecked` lists what could not be read. */
export interface CloudView {
  readonly listed?: Listed;
  readonly quota?: Quota;
  readonly notChecked: readonly string[];
  /** Why the login failed, so that nothing could be read. */
  readonly failure?: FerryError;
}

export interface CloudDeps {
  readonly ims: Pick<ImsClient, 'images' | 'quota'>;
  readonly sessions: Pick<Sessions, 'get'>;
}

/** Reads the image list and the quota. Failures of the cloud are reported, not thrown. */
export async function readCloud({ ims, sessions }: CloudDeps): Promise<CloudView> {
  const session = await sessions.get().catch((error: unknown) => {
    if (error instanceof FerryError) return error;
    throw error;
  });
  if (session instanceof FerryError) {
    return { notChecked: [`images and quota: ${session.message}`], failure: session };
  }
  const [images, quota] = await Promise.all([ims.images({}), ims.quota()]);
  const notChecked: string[] = [];
  if (images.kind !== 'ok') notChecked.push(`images in IMS: ${images.code}: ${images.message}`);
  if (images.kind === 'ok' && images.odd) notChecked.push(describeOdds(images.odd));
  if (quota.kind !== 'ok') notChecked.push(`quota: ${quota.code}: ${quota.message}`);
  return omitUndefined({
    listed: images.kind === 'ok' ? toListed(images.value, session.projectId) : undefined,
    quota: quota.kind === 'ok' ? quota.value : undefined,
    notChecked,
  });
}

function toListed(images: readonly ImsImage[], projectId: string): Listed {
  const own = images.filter((image) => isOwnImport(image, projectId));
  return {
    marked: markedImages(images, projectId),
    byName: Map.groupBy(own, ({ name }) => name),
    ids: new Set(images.map(({ id }) => id)),
  };
}

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
  const images = await withSources(withinQuota(drafts, quota), input.look);
  const countOf = (word: PlanWord) => images.filter(({ verdict }) => verdict === word).length;
  const counts = PLAN_WORDS.map((word) => [word, countOf(word)] as const);
  const in_flight = await deps.ledger.inFlight();
  const stop = await deps.project.stopped();
  return {
    counts: Object.fromEntries(counts) as Record<PlanWord, number>,
    quota,
    tasks: { in_flight, limit: input.maxInFlight, tenant_limit: TENANT_TASKS },
    stopped: stop ? `${stop.code}: ${stop.message}` : null,
    not_checked: cloud.notChecked,
    images,
  };
}

/** A planned image with its request, which decides how much of the quota it takes. */
interface Draft {
  readonly image: PlannedImage;
  readonly request: ImageRequest;
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
    for (const [index, { request, line }] of page.entries()) {
      const key = keys[index] ?? '';
      const { name, kind, image_url } = request;
      const inIms = listed && listedFor(key, name, listed);
      const decision = planImage({ request, entry: known.get(key), listed: inIms });
      const { word: verdict, differs, imageId: image_id = null, notes } = decision;
      const { file, name: batch } = manifest;
      const wanted = { file, line, batch, key, name, kind, image_url };
      drafts.push({
        request,
        image: { ...wanted, verdict, differs, image_id, source: null, notes },
      });
    }
  }
  return drafts;
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
  const toCreate = drafts.filter(({ image }) => image.verdict === 'create');
  const made = new Map(toCreate.map(({ image, request }) => [image.key, imagesMade(request)]));
  const needs = [...made.values()].reduce((sum, images) => sum + images, 0);
  return { used, quota, free: Math.max(0, quota - used), needs, waiting };
}

/** Marks the images that the quota has no room for, in the order of the manifests. An import counts once. */
function withinQuota(drafts: readonly Draft[], quota: QuotaPlan | null): readonly Draft[] {
  if (!quota) return drafts;
  let left = quota.free;
  const allowed = new Map<ImportKey, boolean>();
  return drafts.map(({ image, request }) => {
    if (image.verdict !== 'create') return { image, request };
    if (!allowed.has(image.key)) {
      const made = imagesMade(request);
      allowed.set(image.key, made <= left);
      left -= made;
    }
    const verdict = allowed.get(image.key) ? 'create' : 'over-quota';
    return { image: { ...image, verdict }, request };
  });
}

async function withSources(
  drafts: readonly Draft[],
  look: LookAtObject | undefined,
): Promise<readonly PlannedImage[]> {
  if (!look) return drafts.map(({ image }) => image);
  const created = drafts.filter(({ image: { verdict } }) => CREATED.has(verdict));
  const requests = created.map(({ request }) => request);
  const verdicts = await checkSources(requests, look);
  const byKey = new Map(created.map(({ image }, index) => [image.key, verdicts[index]]));
  return drafts.map(({ image }) =>
    CREATED.has(image.verdict) ? { ...image, source: byKey.get(image.key) ?? null } : image,
  );
}

const CREATED: ReadonlySet<PlanWord> = new Set(['create', 'over-quota']);
