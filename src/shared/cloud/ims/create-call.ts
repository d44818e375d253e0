import { ALL_ENTERPRISE_PROJECTS } from '../../image/image-fields.ts';
import type {
  DataImageRequest,
  ImageRequest,
  ImageTag,
  SystemImage,
} from '../../image/image-request.ts';
import { type ImportKey, MARKER_TAG_KEY } from '../../image/import-key.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';

/** Path and body of one create. */
interface CreateCall {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Which API creates this image, and the body it takes. The marker tag comes last; data disks that come
 * along never carry it, or one import would be found several times.
 */
export function createCall(
  request: ImageRequest,
  key: ImportKey,
  enterpriseProjectId?: string,
): CreateCall {
  const { path, body } = callOf(request);
  const { tags = [] } = request;
  const image_tags = [...tags.map(plainTag), { key: MARKER_TAG_KEY, value: key }];
  // A setting that covers all is no place for an image that names none.
  const isPlace = enterpriseProjectId !== ALL_ENTERPRISE_PROJECTS;
  const enterprise_project_id = isPlace ? enterpriseProjectId : undefined;
  return { path, body: { ...omitUndefined({ enterprise_project_id }), ...body, image_tags } };
}

const QUICK = '/v2/cloudimages/quickimport/action';

/** The API of each kind, and what it takes apart from tags. */
function callOf(request: ImageRequest): CreateCall {
  switch (request.kind) {
    case 'system':
      return request.quick_import
        ? { path: QUICK, body: fieldsOf(request) }
        : { path: '/v2/cloudimages/action', body: systemBody(request) };
    case 'data':
      return request.quick_import
        ? { path: QUICK, body: { ...fieldsOf(request), type: 'DataImage' } }
        : { path: '/v1/cloudimages/dataimages/action', body: fieldsOf(request) };
  }
}

function systemBody({ data_images, ...request }: SystemImage): CreateCall['body'] {
  return omitUndefined({ ...fieldsOf(request), data_images: data_images?.map(dataImage) });
}

type Plain = Exclude<ImageRequest, SystemImage> | Omit<SystemImage, 'data_images'>;

/** The fields that the API knows by the same names. */
function fieldsOf(request: Plain): CreateCall['body'] {
  const { kind: _k, quick_import: _q, copy: _c, tags: _t, ...named } = request;
  const { members: _m, accept_as: _a, ...fields } = named;
  return fields;
}

function dataImage({ tags, ...fields }: DataImageRequest): CreateCall['body'] {
  return omitUndefined({ ...fields, image_tags: tags?.map(plainTag) });
}

function plainTag({ key, value }: ImageTag): ImageTag {
  return { key, value };
}
