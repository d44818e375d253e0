import type { Explained, ImsClient, ImsImage, ReadAnswer } from '../cloud/ims/ims-answers.ts';
import { isDead } from './match-found.ts';
import { isRefusedForGood } from './refused-for-good.ts';

/** What is seen of one image now. A list alone proves that it is there, never that it is gone. */
export type Sight =
  | { readonly kind: 'alive'; readonly image: ImsImage }
  /** IMS says that it was deleted, or that it failed. */
  | { readonly kind: 'dead'; readonly image: ImsImage }
  /** The list and the read of the image agree that there is none. */
  | { readonly kind: 'gone' }
  | Unread;

/** The look says nothing. */
export interface Unread {
  readonly kind: 'unread';
  readonly reason: Explained;
  /** A right is missing: looking again changes nothing. */
  readonly isForGood: boolean;
  readonly throttled: boolean;
  readonly retryAfterMs?: number;
}

export interface Seen {
  readonly id: string;
  readonly sight: Sight;
}

type Ims = Pick<ImsClient, 'image' | 'images'>;

/** Looks at each of these images in both ways that IMS offers. */
export async function lookAtImages(ims: Ims, ids: readonly string[]): Promise<readonly Seen[]> {
  return Promise.all(ids.map(async (id) => ({ id, sight: await lookAt(ims, id) })));
}

async function lookAt(ims: Ims, id: string): Promise<Sight> {
  const read = await ims.image(id);
  if (read.kind === 'ok' && !isDead(read.value.status)) return { kind: 'alive', image: read.value };
  if (read.kind === 'failed' && read.throttled) return unread(read);
  const listed = await ims.images({ id });
  const [image] = listed.kind === 'ok' ? listed.value : [];
  if (image && !isDead(image.status)) return { kind: 'alive', image };
  if (read.kind === 'ok') return { kind: 'dead', image: read.value };
  if (image) return { kind: 'dead', image };
  if (listed.kind !== 'ok') return unread(listed);
  return read.kind === 'not-found' ? { kind: 'gone' } : unread(read);
}

function unread(answer: Exclude<ReadAnswer<unknown>, { kind: 'ok' }>): Unread {
  const { code, message } = answer;
  const isForGood = isRefusedForGood(code);
  const reason = { code, message };
  if (answer.kind === 'not-found') return { kind: 'unread', reason, isForGood, throttled: false };
  const { throttled, retryAfterMs } = answer;
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: 'unread', reason, isForGood, throttled, ...retry };
}

/** The first that is there, or will be. */
export function firstAlive(all: readonly Seen[]): ImsImage | undefined {
  for (const { sight } of all) if (sight.kind === 'alive') return sight.image;
  return undefined;
}

/** The first that could not be looked at. */
export function firstUnread(all: readonly Seen[]): Unread | undefined {
  for (const { sight } of all) if (sight.kind === 'unread') return sight;
  return undefined;
}

/** What is seen of one image, in words. */
export function describeSight({ id, sight }: Seen): string {
  switch (sight.kind) {
    case 'alive':
      return `image ${id} is there (${sight.image.status})`;
    case 'dead':
      return `image ${id} is ${sight.image.status}`;
    case 'gone':
      return `image ${id} is gone: list and image read agree`;
    case 'unread':
      return `image ${id} cannot be looked at: ${sight.reason.code}: ${sight.reason.message}`;
  }
}
