import type { CallName } from '../server/call-names.ts';
import { type Call, projectIdOf, type Reply, type Route } from '../server/context.ts';
import { imsError, noImage } from '../server/errors.ts';
import { isFields } from '../settings.ts';
import { findImages } from './find-images.ts';
import { visibleTags } from './image-body.ts';
import { NOT_OWNER } from './image-routes.ts';
import { imageRoute, imageSeen, momentOf, seenBy, wrongProject } from './image-seen.ts';
import type { StoredImage } from './image-store.ts';
import { resourceInstances } from './tagged-images.ts';
import { isTag, pairOf, type Tag, tagLimits, tagText, textTag } from './tags.ts';

const ofProject = (
  method: string,
  path: string,
  act: { readonly name: CallName; readonly handle: (call: Call) => Reply },
): Route => ({
  method,
  path,
  name: act.name,
  secured: 'project',
  handle: (call) => wrongProject(call) ?? act.handle(call),
});

/** Tags in the dialects of IMS (a key with a value) and of Glance (a key). */
export const TAG_ROUTES: readonly Route[] = [
  imageRoute('GET', '/v2/:project/images/:image/tags', { name: 'tags', handle: tagsOfImage }),
  imageRoute('POST', '/v2/:project/images/:image/tags', { name: 'tag', handle: addTag }),
  imageRoute('POST', '/v2/:project/images/:image/tags/action', { name: 'tag', handle: changeTags }),
  imageRoute('DELETE', '/v2/:project/images/:image/tags/:key', { name: 'tag', handle: removeKey }),
  imageRoute('PUT', '/v2/images/:image/tags/:tag', { name: 'glance tag', handle: addKey }),
  imageRoute('DELETE', '/v2/images/:image/tags/:tag', { name: 'glance tag', handle: removeText }),
  ofProject('PUT', '/v1/cloudimages/tags', { name: 'glance tag', handle: setTag }),
  ofProject('GET', '/v1/cloudimages/tags', { name: 'tags', handle: tagTexts }),
  ofProject('GET', '/v2/:project/images/tags', { name: 'tags', handle: tagsOfProject }),
  ofProject('POST', '/v2/:project/images/resource_instances/action', {
    name: 'tags',
    handle: resourceInstances,
  }),
];

const BAD_TAG = imsError('IMG.0115', 'The image tag is invalid.');
const DONE: Reply = { status: 204 };

function tagsOfImage(call: Call, image: StoredImage): Reply {
  return { status: 200, json: { tags: visibleTags(image, momentOf(call)) } };
}

/** IMS: the same key again replaces its value. */
function put(call: Call, image: StoredImage, tags: readonly Tag[]): Reply {
  const { options, cloud } = call.world;
  if (image.owner !== projectIdOf(call)) return NOT_OWNER;
  if (!tags.every((tag) => isTag(tag, options.dialect))) return BAD_TAG;
  const keys = new Set(tags.map(({ key }) => key));
  if (keys.size < tags.length) return BAD_TAG;
  const all = [...image.tags.filter(({ key }) => !keys.has(key)), ...tags];
  if (all.length > tagLimits(options.dialect).most) {
    return imsError('IMG.0116', 'The number of tags exceeds the limit.');
  }
  cloud.change('tags', image, { ...image, tags: all });
  return DONE;
}

function take(call: Call, image: StoredImage, isTaken: (tag: Tag) => boolean): Reply {
  if (image.owner !== projectIdOf(call)) return NOT_OWNER;
  const tags = image.tags.filter((tag) => !isTaken(tag));
  if (tags.length === image.tags.length) {
    return {
      status: 404,
      text: 'The tag does not exist.',
      headers: { 'content-type': 'text/plain' },
    };
  }
  call.world.cloud.change('tags', image, { ...image, tags });
  return DONE;
}

function addTag(call: Call, image: StoredImage): Reply {
  return put(call, image, [pairOf(isFields(call.body) ? call.body['tag'] : undefined)]);
}

function changeTags(call: Call, image: StoredImage): Reply {
  const { action, tags } = isFields(call.body) ? call.body : {};
  if (!Array.isArray(tags) || tags.length === 0) return BAD_TAG;
  const pairs = tags.map(pairOf);
  if (action === 'create') return put(call, image, pairs);
  if (action !== 'delete') return imsError('IMG.0001', 'The request message format is invalid.');
  const isTaken = ({ key }: Tag): boolean => pairs.some((pair) => pair.key === key);
  // IMS: deleting a tag that does not exist is fine.
  return image.tags.some(isTaken) ? take(call, image, isTaken) : DONE;
}

function removeKey(call: Call, image: StoredImage): Reply {
  return take(call, image, ({ key }) => key === call.params['key']);
}

/** Glance: a key without a value. */
function addKey(call: Call, image: StoredImage): Reply {
  const key = call.params['tag'] ?? '';
  // An existing tag stays: Glance has no values that this could replace.
  if (image.tags.some((tag) => tag.key === key && tag.value === '')) return DONE;
  return put(call, image, [{ key, value: '' }]);
}

function removeText(call: Call, image: StoredImage): Reply {
  const text = call.params['tag'] ?? '';
  return take(call, image, (tag) => [tagText(tag, 'k=v'), tagText(tag, 'k.v')].includes(text));
}

/** `{"image_id", "tag": "key.value"}`, or `image_tag` with a key and a value. */
function setTag(call: Call): Reply {
  const { image_id, tag, image_tag } = isFields(call.body) ? call.body : {};
  if ((tag === undefined) === (image_tag === undefined)) return BAD_TAG;
  const image = imageSeen(call, String(image_id));
  if (!image) return noImage(String(image_id));
  return put(call, image, [tag === undefined ? pairOf(image_tag) : textTag(String(tag))]);
}

function tagTexts(call: Call): Reply {
  const moment = momentOf(call);
  const found = seenBy(call, findImages(call.world.cloud.images, call.url.searchParams, moment));
  const texts = found.flatMap((image) =>
    visibleTags(image, moment).map((tag) => tagText(tag, 'k.v')),
  );
  return { status: 200, json: { tags: [...new Set(texts)] } };
}

function tagsOfProject(call: Call): Reply {
  const moment = momentOf(call);
  const values = new Map<string, Set<string>>();
  for (const image of seenBy(call, [...call.world.cloud.images.all()])) {
    for (const { key, value } of visibleTags(image, moment)) {
      values.set(key, (values.get(key) ?? new Set()).add(value));
    }
  }
  const tags = [...values].map(([key, known]) => ({ key, values: [...known] }));
  return { status: 200, json: { tags } };
}
