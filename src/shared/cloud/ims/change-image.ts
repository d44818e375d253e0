import type { ImageTag } from '../../image/image-request.ts';
import type { WriteAnswer, Writer } from './ims-writer.ts';

/** IMS: what is replaced must exist; what is added may. */
export interface PatchOperation {
  readonly op: 'add' | 'replace';
  /** `/name` */
  readonly path: string;
  readonly value: string | number;
}

/** IMS: changes attributes of an active image. */
export function patchImage(
  writer: Writer,
  imageId: string,
  json: readonly PatchOperation[],
): Promise<WriteAnswer> {
  const path = (): string => `/v2/cloudimages/${imageId}`;
  return writer.write({ operation: 'update', method: 'PATCH', path, json, imageId });
}

/** IMS: by their keys, all others stay. A tag with a known key gets the new value; one that is gone is no error. */
export function changeTags(
  writer: Writer,
  imageId: string,
  json: { readonly action: 'create' | 'delete'; readonly tags: readonly ImageTag[] },
): Promise<WriteAnswer> {
  return writer.write({
    operation: 'tag',
    method: 'POST',
    path: ({ projectId }) => `/v2/${projectId}/images/${imageId}/tags/action`,
    json,
    imageId,
  });
}
