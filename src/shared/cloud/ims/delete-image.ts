import { isGatewayCode, verdictOf } from '../../dialect/error-catalogue.ts';
import type { Explained } from '../http/service-error.ts';
import type { Writer } from './ims-writer.ts';

/** The answer to a delete. */
export type DeleteAnswer =
  | { readonly kind: 'deleted' }
  /** IMS refuses this image: protected, being created, of another owner. */
  | ({ readonly kind: 'refused' } & Explained)
  /** The login may delete no image. */
  | ({ readonly kind: 'denied' } & Explained)
  /** The image may be gone or not: it has to be read again. */
  | ({ readonly kind: 'unclear'; readonly retryAfterMs?: number } & Explained);

/** IMS: an image that is being created cannot be deleted. */
const BEING_CREATED = 'IMG.0090';

/**
 * Deletes one image. Only `src/operator/prune` may call it, after it has read the image again and written its
 * intent into the ledger (`test/architecture.test.ts`).
 */
export async function deleteImage(
  writer: Writer,
  imageId: string,
  beforeSend: () => boolean,
): Promise<DeleteAnswer> {
  const answer = await writer.write({
    operation: 'delete',
    method: 'DELETE',
    path: () => `/v2/images/${imageId}`,
    imageId,
    beforeSend,
  });
  switch (answer.kind) {
    case 'ok':
      return { kind: 'deleted' };
    case 'not-found': {
      const { kind: _, ...why } = answer;
      // The gateway says the same of a call that it does not know.
      return { kind: isGatewayCode(why.code) ? 'denied' : 'unclear', ...why };
    }
    case 'refused': {
      const { kind, status: _, ...why } = answer;
      return { kind: verdictOf(why.code)?.kind === 'stop' ? 'denied' : kind, ...why };
    }
    case 'failed': {
      const { kind: _, throttled: __, foreign: ___, ...why } = answer;
      // IMS: for other calls its code means to try again soon.
      return { kind: why.code === BEING_CREATED ? 'refused' : 'unclear', ...why };
    }
  }
}
