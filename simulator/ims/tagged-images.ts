import type { Call, Reply } from '../server/context.ts';
import { imsError } from '../server/errors.ts';
import { isFields } from '../settings.ts';
import { isListed, statusWord, visibleTags } from './image-body.ts';
import { momentOf, seenBy } from './image-seen.ts';
import type { Body } from './refusal.ts';
import type { Tag } from './tags.ts';

/** POST …/resource_instances/action: images by their tags, or how many there are. */
export function resourceInstances(call: Call): Reply {
  const body = isFields(call.body) ? call.body : {};
  const { action } = body;
  const [limit, offset] = [Number(body['limit'] ?? 10), Number(body['offset'] ?? 0)];
  const isPage = Number.isInteger(limit) && limit >= 1 && limit <= 1000 && offset >= 0;
  if ((action !== 'filter' && action !== 'count') || (action === 'filter' && !isPage)) {
    return imsError('IMG.0001', 'The request message format is invalid.');
  }
  const moment = momentOf(call);
  const all = seenBy(call, [...call.world.cloud.images.all()]);
  const found = all.filter(
    (image) =>
      isListed(image, moment) && isMatch(image, body) && hasTags(visibleTags(image, moment), body),
  );
  if (action === 'count') return { status: 200, json: { total_count: found.length } };
  const resources = found.slice(offset, offset + limit).map((image) => ({
    resource_id: image.id,
    resource_name: image.name,
    resource_detail: { status: statusWord(image, moment) },
    tags: visibleTags(image, moment),
  }));
  return { status: 200, json: { total_count: found.length, resources } };
}

/** A name matches by its parts, an id as a whole. */
function isMatch(
  { id, name }: { readonly id: string; readonly name: string },
  body: Body,
): boolean {
  return rowsOf(body['matches']).every(({ key, value }) => {
    if (key === 'resource_name') return name.includes(String(value));
    return key === 'resource_id' && id === value;
  });
}

function hasTags(tags: readonly Tag[], body: Body): boolean {
  if (body['without_any_tag'] === true) return tags.length === 0;
  const has = ({ key, values }: Body): boolean =>
    tags.some(
      (tag) =>
        tag.key === key &&
        (!Array.isArray(values) || values.length === 0 || values.includes(tag.value)),
    );
  const [every, some] = [rowsOf(body['tags']), rowsOf(body['tags_any'])];
  const [notEvery, notSome] = [rowsOf(body['not_tags']), rowsOf(body['not_tags_any'])];
  return (
    every.every(has) &&
    (some.length === 0 || some.some(has)) &&
    (notEvery.length === 0 || !notEvery.every(has)) &&
    !notSome.some(has)
  );
}

function rowsOf(rows: unknown): readonly Body[] {
  return Array.isArray(rows) ? rows.filter(isFields) : [];
}
