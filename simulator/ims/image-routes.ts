import { DEFAULT_OPTIONS } from '../default-options.ts';
import { CREATE_FAULTS } from '../faults/faults.ts';
import { answerOf } from '../faults/symptoms.ts';
import type { Dialect } from '../options.ts';
import { type Answer, type Call, projectIdOf, type Reply, type Route } from '../server/context.ts';
import { glanceError, imsError } from '../server/errors.ts';
import { isFields } from '../settings.ts';
import { COMMON, imageBody, statusOf } from './image-body.ts';
import { imageRoute, momentOf } from './image-seen.ts';
import type { StoredImage } from './image-store.ts';
import { isTag, type Tag, tagLimits } from './tags.ts';

/** Calls for one image, by its id. */
export const IMAGE_ROUTES: readonly Route[] = [
  imageRoute('GET', '/v2/images/:image', { name: 'image', handle: detail }),
  imageRoute('DELETE', '/v2/images/:image', { name: 'delete', handle: answerDelete }),
  imageRoute('PATCH', '/v2/images/:image', { name: 'patch', handle: patch }),
  imageRoute('PATCH', '/v2/cloudimages/:image', { name: 'patch', handle: patch }),
];

type Fields = Readonly<Record<string, unknown>>;

function detail(call: Call, image: StoredImage): Reply {
  return { status: 200, json: imageBody(image, momentOf(call)) };
}

const NO_CHANCE = { ...DEFAULT_OPTIONS.createFaults };

/** With the planned fault, if there is one: before the image is deleted, or in the place of the answer. */
function answerDelete(call: Call, image: StoredImage): Answer {
  const fault = call.world.deleteDice.draw(NO_CHANCE);
  if (fault === undefined) return remove(call, image);
  const { effect, symptom } = CREATE_FAULTS[fault];
  if (effect === 'accepted') remove(call, image);
  return answerOf(symptom, call);
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
  cloud.delete(image, clock.now());
  return { status: 204 };
}

/** `[{"op":"replace","path":"/name","value":"…"}]`, on active images only. */
function patch(call: Call, image: StoredImage): Reply {
  if (statusOf(image, momentOf(call)) !== 'active') {
    return imsError('IMG.0046', 'The image is unavailable.');
  }
  if (image.owner !== projectIdOf(call)) return NOT_OWNER;
  if (!Array.isArray(call.body)) return glanceError(400, 'Request body must be a JSON array');
  let changed = image;
  for (const change of call.body) {
    const after = applied(changed, isFields(change) ? change : {}, call);
    if ('status' in after) return after;
    changed = after;
  }
  call.world.cloud.change('patch', image, changed);
  return { status: 200, json: imageBody(changed, momentOf(call)) };
}

/** The image with one operation of a patch applied, or the error. */
function applied(image: StoredImage, change: Fields, call: Call): StoredImage | Reply {
  const { options, cloud } = call.world;
  const { op, path, value } = operationOf(change);
  const field = path.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
  if (!['add', 'replace', 'remove'].includes(op) || field === '') {
    return glanceError(400, 'Invalid JSON patch');
  }
  if (isReadOnly(field, call)) return glanceError(403, `Attribute '${field}' is read-only.`);
  if (field === 'name') {
    const isTaken = cloud.images.named(String(value)).some(({ id }) => id !== image.id);
    if (options.namesUnique && isTaken) {
      return imsError('IMG.0009', 'The image name already exists.');
    }
    return { ...image, name: String(value) };
  }
  if (field === 'tags') return withTags(image, value, options.dialect);
  // IMS: for replace and remove, an attribute that the image has.
  if (op !== 'add' && imageBody(image, momentOf(call))[field] === undefined) {
    return glanceError(409, `Property ${field} does not exist.`);
  }
  const { [field]: _, ...others } = image.fields;
  const stored = field === 'max_ram' ? String(value) : value;
  return { ...image, fields: op === 'remove' ? others : { ...others, [field]: stored } };
}

/** `{"op", "path", "value"}`, or `{"replace": "/path", "value"}` of the older media type. */
function operationOf({ op, path, value, ...older }: Fields) {
  if (op !== undefined) return { op: String(op), path: String(path), value };
  const [name = '', place] = Object.entries(older)[0] ?? [];
  return { op: name, path: String(place), value };
}

/** Glance replaces all tags at once; a tag that stays keeps its value. */
function withTags(image: StoredImage, texts: unknown, dialect: Dialect): StoredImage | Reply {
  if (!Array.isArray(texts)) return glanceError(400, 'tags must be a list');
  const tags = texts.map(String).map((text): Tag => {
    const [key = '', ...value] = text.split('=');
    return { key, value: value.join('=') };
  });
  if (!tags.every((tag) => isTag(tag, dialect))) {
    return imsError('IMG.0115', 'The image tag is invalid.');
  }
  if (tags.length > tagLimits(dialect).most) {
    return imsError('IMG.0116', 'The number of tags exceeds the limit.');
  }
  return { ...image, tags };
}

export const NOT_OWNER = imsError('IMG.0047', 'Only the owner of the image may change it.');

const READ_ONLY = new Set(['id', 'status', 'owner', 'created_at', 'self', 'file', 'schema']);
/** IMS: what its own call changes beside attributes of the user's. */
const CHANGEABLE =
  /^(name|__description|min_ram|max_ram|enterprise_project_id|hw_(firmware_type|vif_multiqueue_enabled)|__is_config_init|__support_[a-z0-9_]+)$/;

/** The call of IMS changes fewer attributes than that of Glance. */
function isReadOnly(field: string, { url, params }: Call): boolean {
  const isIms = url.pathname.endsWith(`/v2/cloudimages/${params['image']}`);
  if (!isIms) return READ_ONLY.has(field);
  const isOwn = field.startsWith('__') || field in COMMON || READ_ONLY.has(field);
  return (isOwn || field === 'min_disk' || field === 'tags') && !CHANGEABLE.test(field);
}
