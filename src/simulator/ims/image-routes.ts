import { isVisible } from '../iam/directory.ts';
import type { CallName } from '../server/call-names.ts';
import type { Call, Reply, Route } from '../server/context.ts';
import { glanceError, imsError, noImage } from '../server/errors.ts';
import { projectIdOf } from '../server/project.ts';
import { isFields } from '../settings.ts';
import { imageBody, statusOf, visibleTags } from './image-body.ts';
import type { StoredImage } from './image-store.ts';
import { momentOf } from './read-routes.ts';
import { isTag, pairOf } from './tags.ts';

const route = (
  method: string,
  path: string,
  act: { readonly name: CallName; readonly handle: (call: Call, image: StoredImage) => Reply },
): Route => ({ method, path, name: act.name, secured: 'project', handle: withImage(act.handle) });

/** Calls about one image, by its id. */
export const IMAGE_ROUTES: readonly Route[] = [
  route('GET', '/v2/images/:image', { name: 'image', handle: detail }),
  route('DELETE', '/v2/images/:image', { name: 'delete', handle: remove }),
  route('PATCH', '/v2/images/:image', { name: 'patch', handle: patch }),
  route('PATCH', '/v2/cloudimages/:image', { name: 'patch', handle: patch }),
  route('GET', '/v2/:project/images/:image/tags', { name: 'tags', handle: tags }),
  route('POST', '/v2/:project/images/:image/tags', { name: 'tag', handle: addTag }),
];

function withImage(handle: (call: Call, image: StoredImage) => Reply) {
  return (call: Call): Reply => {
    const { options, cloud } = call.world;
    const projectId = projectIdOf(call);
    if ((call.params['project'] ?? projectId) !== projectId) {
      return imsError('IMG.0030', 'The project ID and the token do not belong together.');
    }
    const id = call.params['image'] ?? '';
    const image = cloud.images.get(id);
    const isThere = image && statusOf(image, momentOf(call)) !== 'gone';
    if (!isThere || !isVisible(image.owner, projectId, options)) return noImage(id);
    return handle(call, image);
  };
}

function detail(call: Call, image: StoredImage): Reply {
  return { status: 200, json: imageBody(image, momentOf(call)) };
}

function remove(call: Call, image: StoredImage): Reply {
  const { cloud, clock } = call.world;
  const status = statusOf(image, momentOf(call));
  if (status === 'queued' || status === 'saving') {
    return imsError('IMG.0090', 'The image is being created and cannot be deleted.');
  }
  if (image.fields['protected'] === true) {
    return imsError('IMG.0091', 'The image is protected and cannot be deleted.');
  }
  if (image.owner !== projectIdOf(call)) {
    return imsError('IMG.0092', 'You are not the owner of the image.');
  }
  cloud.images.put({ ...image, deletedAt: clock.now() });
  return { status: 204 };
}

/** `[{"op":"replace","path":"/name","value":"…"}]`, on active images only. */
function patch(call: Call, image: StoredImage): Reply {
  if (statusOf(image, momentOf(call)) !== 'active') {
    return imsError('IMG.0046', 'The image is unavailable.');
  }
  if (!Array.isArray(call.body)) return glanceError(400, 'Request body must be a JSON array');
  const fields: Record<string, unknown> = { ...image.fields };
  let { name } = image;
  for (const change of call.body) {
    const { op, path, value } = isFields(change) ? change : {};
    const field = String(path ?? '').slice(1);
    if (
      !['add', 'replace', 'remove'].includes(String(op)) ||
      field === '' ||
      READ_ONLY.has(field)
    ) {
      return glanceError(403, `Attribute '${field}' is read-only.`);
    }
    if (field === 'name') name = String(value);
    else if (op === 'remove') delete fields[field];
    else fields[field] = value;
  }
  const changed = { ...image, name, fields };
  call.world.cloud.images.put(changed);
  return { status: 200, json: imageBody(changed, momentOf(call)) };
}

const READ_ONLY = new Set(['id', 'status', 'owner', 'created_at', 'self', 'schema', 'tags']);

function tags(call: Call, image: StoredImage): Reply {
  return { status: 200, json: { tags: visibleTags(image, momentOf(call)) } };
}

/** IMS: the same key again replaces its value. */
function addTag(call: Call, image: StoredImage): Reply {
  const tag = pairOf(isFields(call.body) ? call.body['tag'] : undefined);
  if (!isTag(tag)) return imsError('IMG.0115', 'The image tag is invalid.');
  const others = image.tags.filter(({ key }) => key !== tag.key);
  if (others.length >= 10) return imsError('IMG.0116', 'The number of tags exceeds the limit.');
  call.world.cloud.images.put({ ...image, tags: [...others, tag] });
  return { status: 204 };
}
