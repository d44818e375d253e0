import { ALL_ENTERPRISE_PROJECTS } from '../../image/image-fields.ts';
import type {
  CopyImage,
  DataImageRequest,
  ImageRequest,
  ImageTag,
  SystemImage,
} from '../../image/image-request.ts';
import {
  type ImportKey,
  MARKER_TAG_KEY,
  markedDescription,
  unmarked,
} from '../../image/import-key.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { Copying } from './ims-answers.ts';

/** Path and body of one create. */
interface CreateCall {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An image to create. */
interface Create {
  readonly request: ImageRequest;
  readonly key: ImportKey;
  readonly copying?: Copying;
}

/**
 * Which API creates this image, and the body it takes. The marker tag comes last; data disks that come
 * along never carry it, or one import would be found several times.
 */
export function createCall(
  { request, key, copying }: Create,
  enterpriseProjectId?: string,
): CreateCall {
  // A setting that covers all is no place for an image that names none.
  const isPlace = enterpriseProjectId !== ALL_ENTERPRISE_PROJECTS;
  const enterprise_project_id = isPlace ? enterpriseProjectId : undefined;
  const place = omitUndefined({ enterprise_project_id });
  if (request.kind === 'copy') return copyCall(request, { key, copying, place });
  const { path, body } = callOf(request);
  const { tags = [] } = request;
  const image_tags = [...tags.map(plainTag), { key: MARKER_TAG_KEY, value: key }];
  return { path, body: { ...place, ...body, image_tags } };
}

interface CopyPlace {
  readonly key: ImportKey;
  readonly copying: Copying | undefined;
  readonly place: { readonly enterprise_project_id?: string };
}

/** IMS: neither call takes tags; the marker is in the description. */
function copyCall(request: CopyImage, { key, copying, place }: CopyPlace): CreateCall {
  if (copying === undefined) throw new TypeError('a copy needs the image of its source');
  const { name, cmk_id, enterprise_project_id, to } = request;
  const { imageId, across } = copying;
  const image = { name, description: markedDescription(request.description, key) };
  const path = `/v1/cloudimages/${encodeURIComponent(imageId)}`;
  if (to === undefined) {
    const own = omitUndefined({ cmk_id, enterprise_project_id });
    return { path: `${path}/copy`, body: { ...place, ...image, ...own } };
  }
  if (across === undefined) throw new TypeError('a copy to another region needs its name');
  const { region, project: project_name } = across;
  const body = { ...image, agency_name: to.agency, region, project_name };
  return { path: `${path}/cross_region_copy`, body };
}

const QUICK = '/v2/cloudimages/quickimport/action';

/** The API of each kind, and what it takes apart from tags. */
function callOf(request: FromFile): CreateCall {
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

type FromFile = Exclude<ImageRequest, CopyImage>;
type Plain = Exclude<FromFile, SystemImage> | Omit<SystemImage, 'data_images'>;

/** The fields that the API knows by the same names. */
function fieldsOf(request: Plain): CreateCall['body'] {
  const { kind: _k, quick_import: _q, copy: _c, tags: _t, ...named } = request;
  const { members: _m, accept_as: _a, description, ...fields } = named;
  return { ...fields, ...omitUndefined({ description: unmarked(description) }) };
}

function dataImage({ tags, description, ...fields }: DataImageRequest): CreateCall['body'] {
  const image_tags = tags?.map(plainTag);
  return omitUndefined({ ...fields, description: unmarked(description), image_tags });
}

function plainTag({ key, value }: ImageTag): ImageTag {
  return { key, value };
}
