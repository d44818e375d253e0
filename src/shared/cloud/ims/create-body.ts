import { ALL_ENTERPRISE_PROJECTS } from '../../image/image-fields.ts';
import type { ImageRequest, ImageTag } from '../../image/image-request.ts';
import { type ImportKey, MARKER_TAG_KEY } from '../../image/import-key.ts';

/** Path and body of one create. */
export interface CreateCall {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Which of the three APIs makes this image, and what it is sent. The marker tag stands last; data
 * disks that come along never carry it, or one import would be found several times.
 */
export function createCall(
  request: ImageRequest,
  key: ImportKey,
  enterpriseProjectId?: string,
): CreateCall {
  const { kind, quick_import, copy: _, tags = [], data_images, type, ...fields } = request;
  const image_tags = [...tags.map(plainTag), { key: MARKER_TAG_KEY, value: key }];
  const body = { ...enterpriseProject(enterpriseProjectId), ...fields, image_tags };
  if (quick_import) {
    const quickType = kind === 'data' ? 'DataImage' : type;
    return {
      path: '/v2/cloudimages/quickimport/action',
      body: quickType === undefined ? body : { ...body, type: quickType },
    };
  }
  if (kind === 'data') return { path: '/v1/cloudimages/dataimages/action', body };
  return {
    path: '/v2/cloudimages/action',
    body: {
      ...body,
      ...(type === undefined ? {} : { type }),
      ...(data_images === undefined ? {} : { data_images: data_images.map(dataImage) }),
    },
  };
}

/** Where an image is created that names none. All that may be listed are no place for one. */
function enterpriseProject(id: string | undefined): { readonly enterprise_project_id?: string } {
  return id === undefined || id === ALL_ENTERPRISE_PROJECTS ? {} : { enterprise_project_id: id };
}

function dataImage({ tags, ...fields }: NonNullable<ImageRequest['data_images']>[number]) {
  return tags === undefined ? fields : { ...fields, image_tags: tags.map(plainTag) };
}

function plainTag({ key, value }: ImageTag): ImageTag {
  return { key, value };
}
