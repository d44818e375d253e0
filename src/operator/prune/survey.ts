import type { UsedImages } from '../../shared/cloud/ecs/servers.ts';
import type { ImsClient } from '../../shared/cloud/ims/ims-answers.ts';
import type { ImageMembers } from '../../shared/cloud/ims/members.ts';
import { describeOdds } from '../../shared/cloud/ims/read-bodies.ts';
import type { Sessions } from '../../shared/cloud/session/session.ts';
import { NEEDED } from '../../shared/dialect/rights.ts';
import { CloudError } from '../../shared/errors/errors.ts';
import type { RetentionRule } from '../../shared/image/image-request.ts';
import type { BatchStore } from '../../shared/ledger/batch-store.ts';
import { entriesByKey } from '../../shared/ledger/entries-by-key.ts';
import type { ImportStore } from '../../shared/ledger/import-store.ts';
import { isRefusedForGood } from '../../shared/look-up/inspect-images.ts';
import { isEnded } from '../../shared/state/machine.ts';
import { imageList } from '../image-list.ts';
import {
  carriedKey,
  hidesMarker,
  type PlannedRemoval,
  type PruneWorld,
  planPrune,
  type SharedWith,
} from './decide.ts';

export interface SurveyDeps {
  readonly ledger: ImportStore;
  readonly batches: BatchStore;
  readonly sessions: Pick<Sessions, 'get'>;
  readonly ims: Pick<ImsClient, 'images' | 'image'>;
  /** @throws CloudError when an image in use could look unused */
  readonly usedImages: () => Promise<UsedImages>;
  readonly members: Pick<ImageMembers, 'list'>;
}

/**
 * Reads the cloud and the ledger, and decides about every image of the families.
 * @throws CloudError when a list cannot be read completely: then nothing is deleted
 */
export async function surveyPrune(
  deps: SurveyDeps,
  rules: readonly RetentionRule[],
): Promise<readonly PlannedRemoval[]> {
  const world = { ...(await readFamilies(deps, rules)), servers: await deps.usedImages() };
  const shared = new Map<string, SharedWith>();
  for (const { image, keep } of planPrune(world)) {
    if (keep === undefined) shared.set(image.id, await readShared(deps.members, image.id));
  }
  return planPrune({ ...world, shared });
}

/** The same without what uses the images: that is read right before each DELETE. */
export async function surveyFamilies(
  deps: SurveyDeps,
  rules: readonly RetentionRule[],
): Promise<readonly PlannedRemoval[]> {
  return planPrune(await readFamilies(deps, rules));
}

/** The world with images that nothing uses. */
async function readFamilies(
  deps: SurveyDeps,
  rules: readonly RetentionRule[],
): Promise<PruneWorld> {
  const { projectId } = await deps.sessions.get();
  const { images, odd } = await imageList(deps.ims, {}, NOTHING_DELETED);
  if (hidesMarker({ odd, projectId })) {
    const what = `An image that cannot be read may be one of these families, so no image is deleted. ${describeOdds(odd)}`;
    throw new CloudError('IMS', what, { serviceCode: 'ODD_IMAGE' });
  }
  const keys = images.flatMap((image) => carriedKey(image) ?? []);
  return {
    ...{ projectId, rules, images, odd },
    entries: await entriesByKey(deps.ledger, keys),
    unfinished: await unfinishedBatches(deps.batches),
    needed: await neededByOpenImports(deps.ledger),
    others: await deps.ledger.removals.ofOthers(images.map(({ id }) => id)),
    servers: new Map(),
    shared: new Map(),
  };
}

async function unfinishedBatches(batches: BatchStore): Promise<ReadonlySet<string>> {
  const all = await batches.summaries();
  return new Set(
    all.filter(({ finishedAt }) => finishedAt === undefined).map(({ batch }) => batch),
  );
}

export const NOTHING_DELETED = ', so no image is deleted';

/** A copy may name its source by the id of an image or by an import: both are kept for it. */
export async function neededByOpenImports(ledger: ImportStore): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  const open = await entriesByKey(ledger, await ledger.removals.openImports());
  for (const { request, state, seenImageIds, lateImageIds } of open.values()) {
    if (isEnded(state.status)) continue;
    for (const [word] of JSON.stringify(request).matchAll(/[A-Za-z0-9_-]{32,43}/g))
      needed.add(word);
    for (const id of [...seenImageIds, ...lateImageIds]) needed.add(id);
  }
  return needed;
}

export async function readShared(
  members: SurveyDeps['members'],
  imageId: string,
): Promise<SharedWith> {
  const answer = await members.list(imageId);
  if (answer.kind === 'ok') return { projects: answer.value.map(({ projectId }) => projectId) };
  const { code, message } = answer;
  const needs = isRefusedForGood(code) ? `; the login needs ${NEEDED.members.right}` : '';
  return { unread: `${code}: ${message}${needs}` };
}
