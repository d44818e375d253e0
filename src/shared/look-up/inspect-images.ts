import type { Explained } from '../cloud/http/service-error.ts';
import type { ImageFilter, ImsClient, ImsImage, ReadAnswer } from '../cloud/ims/ims-answers.ts';
import { describeOdds } from '../cloud/ims/read-bodies.ts';
import { verdictOf } from '../dialect/error-catalogue.ts';
import { isDead } from '../image/image-fields.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';

/** What IMS shows of one image now. A list alone proves that it exists, never that it is gone. */
export type Sight =
  | { readonly kind: 'alive'; readonly image: ImsImage }
  /** IMS reports it as deleted or failed. */
  | { readonly kind: 'dead'; readonly image: ImsImage }
  /** The list and the read of the image agree that there is none. */
  | { readonly kind: 'gone' }
  /** The list shows none, and this login may not make the other call, or the cloud no longer has it. */
  | { readonly kind: 'unlisted'; readonly reason: Explained }
  | Unread;

/** The image could not be inspected: that proves nothing. */
export interface Unread {
  readonly kind: 'unread';
  readonly reason: Explained;
  /** A right is missing: retrying changes nothing. */
  readonly isForGood: boolean;
  readonly throttled: boolean;
  /** Something other than IMS answered. */
  readonly foreign?: boolean;
  readonly retryAfterMs?: number;
}

export interface SeenImage {
  readonly id: string;
  readonly sight: Sight;
}

/**
 * Inspects each of these images in every way that IMS offers, until one shows it: by the list, by the list of
 * images that are not registered yet, and by the Glance call. `enterpriseProjectId`: the images' own.
 */
export async function inspectImages(
  ims: Pick<ImsClient, 'image' | 'images'>,
  ids: readonly string[],
  enterpriseProjectId?: string,
): Promise<readonly SeenImage[]> {
  const where = enterpriseProjectId === undefined ? {} : { enterpriseProjectId };
  return Promise.all(ids.map(async (id) => ({ id, sight: await inspect(ims, { id, ...where }) })));
}

/** One after the other: the first one nearly always shows it. */
async function inspect(
  ims: Pick<ImsClient, 'image' | 'images'>,
  filter: ImageFilter & { readonly id: string },
): Promise<Sight> {
  const listed = await ims.images(filter);
  if (isThrottled(listed)) return unread(listed);
  const shown = [...imagesOf(listed), ...oddOf(listed, filter.id)];
  const alive = shown.find(isAlive);
  if (alive) return { kind: 'alive', image: alive };
  // A cloud that does not know this filter has nothing more to show.
  const isEmpty = listed.kind === 'ok' && listed.value.length === 0;
  const others = isEmpty ? await ims.images({ ...filter, isUnregistered: true }) : undefined;
  if (isThrottled(others)) return unread(others);
  const read = await ims.image(filter.id);
  const all = [...shown, ...imagesOf(others), ...(read.kind === 'ok' ? [read.value] : [])];
  const [image] = all;
  if (!image) return oddSight(listed) ?? nothingSeen(read, listed);
  const one = all.find(isAlive);
  return one ? { kind: 'alive', image: one } : { kind: 'dead', image };
}

type Listed = ReadAnswer<readonly ImsImage[]>;

/** By its id an image is known whatever else cannot be read, if its status can. */
function oddOf(listed: Listed, id: string): readonly ImsImage[] {
  const odd = listed.kind === 'ok' ? (listed.odd ?? []) : [];
  return odd.flatMap(({ image }) => (image.id === id && image.status !== '' ? [image] : []));
}

/** It may exist: an image that cannot be read is not gone. */
function oddSight(listed: Listed): Sight | undefined {
  if (listed.kind !== 'ok' || listed.odd === undefined) return undefined;
  const reason = { code: 'ODD_IMAGE', message: describeOdds(listed.odd) };
  return { kind: 'unread', reason, isForGood: true, throttled: false };
}

function imagesOf(listed: Listed | undefined): readonly ImsImage[] {
  return listed?.kind === 'ok' ? listed.value : [];
}

function isThrottled(answer: Listed | undefined): answer is Unanswered {
  return answer?.kind === 'failed' && answer.throttled;
}

function isAlive({ status }: ImsImage): boolean {
  return !isDead(status);
}

/** Where one of the two cannot be read, the other one alone proves nothing. */
function nothingSeen(read: ReadAnswer<ImsImage>, listed: Listed): Sight {
  if (listed.kind !== 'ok') return unread(listed);
  if (read.kind === 'not-found') return { kind: 'gone' };
  if (read.kind === 'ok') return { kind: 'dead', image: read.value };
  if (!isCallRefused(read)) return unread(read);
  return { kind: 'unlisted', reason: { code: read.code, message: read.message } };
}

type Unanswered = Exclude<ReadAnswer<unknown>, { kind: 'ok' }>;

function unread(answer: Unanswered): Unread {
  const { code, message } = answer;
  const isForGood = isRefusedForGood(code);
  const failed = { kind: 'unread', reason: { code, message }, isForGood } as const;
  if (answer.kind === 'not-found') return { ...failed, throttled: false };
  const { throttled, retryAfterMs, foreign } = answer;
  return omitUndefined({ ...failed, throttled, retryAfterMs, foreign });
}

/** The first that could not be inspected. */
export function firstUnread(all: readonly SeenImage[]): Unread | undefined {
  return all.map(({ sight }) => sight).find((sight) => sight.kind === 'unread');
}

/** The same in words. */
export function describeSight({ id, sight }: SeenImage): string {
  switch (sight.kind) {
    case 'alive':
      return `image ${id} is there (${sight.image.status})`;
    case 'dead':
      return `image ${id} is ${sight.image.status}`;
    case 'gone':
      return `image ${id} is gone: list and image read agree`;
    case 'unlisted':
      return `image ${id} is not listed, and GET /v2/images/{id} may not be called: ${sight.reason.code}`;
    case 'unread':
      return `image ${id} cannot be inspected: ${sight.reason.code}: ${sight.reason.message}`;
  }
}

/**
 * True for an answer that no retry changes: the service itself reports that a right or the call is missing. A
 * page of a firewall carries no code of the service, and is only trouble.
 */
export function isRefusedForGood(code: string): boolean {
  const verdict = verdictOf(code);
  return (
    verdict?.kind === 'stop' &&
    (verdict.reasonOfStop === 'permission' || verdict.reasonOfStop === 'endpoint')
  );
}

/**
 * The same, or any other documented refusal: the answer proves nothing about the image. IMS answers like this
 * when it no longer offers the Glance call.
 */
export function isCallRefused(answer: ReadAnswer<unknown>): boolean {
  if (answer.kind !== 'failed' || answer.throttled || answer.foreign) return false;
  return isRefusedForGood(answer.code) || verdictOf(answer.code)?.kind === 'refused';
}
