import { type Call, projectIdOf, type Reply, type Route } from '../server/context.ts';
import { glanceError, imsError } from '../server/errors.ts';
import { isFields } from '../settings.ts';
import type { MemberAct } from './accepted-log.ts';
import { seconds } from './image-body.ts';
import { imageRoute } from './image-seen.ts';
import { type Member, memberOf, membersOf, type StoredImage } from './image-store.ts';

/** Sharing, in the dialect of Glance. */
export const MEMBER_ROUTES: readonly Route[] = [
  imageRoute('GET', '/v2/images/:image/members', { name: 'members', handle: list }),
  imageRoute('POST', '/v2/images/:image/members', { name: 'member add', handle: add }),
  imageRoute('GET', '/v2/images/:image/members/:member', { name: 'members', handle: show }),
  imageRoute('PUT', '/v2/images/:image/members/:member', { name: 'member status', handle: decide }),
  imageRoute('DELETE', '/v2/images/:image/members/:member', { name: 'members', handle: remove }),
];

function body({ id }: StoredImage, member: Member): object {
  return {
    status: member.status,
    created_at: seconds(member.createdAt),
    updated_at: seconds(member.updatedAt),
    image_id: id,
    member_id: member.projectId,
    schema: '/v2/schemas/member',
  };
}

/** Glance: a member sees only itself. */
function seen(call: Call, image: StoredImage): readonly Member[] {
  const projectId = projectIdOf(call);
  return membersOf(image).filter(
    (member) => image.owner === projectId || member.projectId === projectId,
  );
}

function list(call: Call, image: StoredImage): Reply {
  const members = seen(call, image).map((member) => body(image, member));
  return { status: 200, json: { members, schema: '/v2/schemas/members' } };
}

function show(call: Call, image: StoredImage): Reply {
  const { member: id = '' } = call.params;
  const member = seen(call, image).find(({ projectId }) => projectId === id);
  return member ? { status: 200, json: body(image, member) } : noMember(id, image);
}

function noMember(id: string, image: StoredImage): Reply {
  return glanceError(404, `${id} not found in the member list of the image ${image.id}.`);
}

const NOT_OWNER = glanceError(403, 'You are not permitted to change members of this image.');

function add(call: Call, image: StoredImage): Reply {
  const projectId = isFields(call.body) ? call.body['member'] : undefined;
  if (typeof projectId !== 'string' || projectId === '') {
    return glanceError(400, "Expected dict with key 'member'");
  }
  if (image.owner !== projectIdOf(call)) return NOT_OWNER;
  if (image.fields['__system__cmkid'] !== undefined) {
    return imsError('IMG.0098', 'The encrypted image cannot be shared.');
  }
  if (memberOf(image, projectId)) {
    return glanceError(409, `Image member ${projectId} already exists for image ${image.id}`);
  }
  const limit = call.world.options.memberLimit;
  if (membersOf(image).length >= limit) {
    const text =
      'The limit has been exceeded on the number of allowed image members for this image.';
    return glanceError(413, `${text} Attempted: ${limit + 1}, Maximum: ${limit}`);
  }
  const { now } = call;
  const member: Member = { projectId, status: 'pending', createdAt: now, updatedAt: now };
  put(call, image, [...membersOf(image), member]);
  note(call, image, { projectId, action: 'added' });
  return { status: 200, json: body(image, member) };
}

/** Only the member itself accepts or rejects. */
function decide(call: Call, image: StoredImage): Reply {
  const { member: id = '' } = call.params;
  const status = isFields(call.body) ? call.body['status'] : undefined;
  if (status !== 'pending' && status !== 'accepted' && status !== 'rejected') {
    return glanceError(400, 'Status not in enum');
  }
  const before = memberOf(image, id);
  if (!before) return noMember(id, image);
  if (id !== projectIdOf(call)) return NOT_OWNER;
  const member: Member = { ...before, status, updatedAt: call.now };
  put(call, image, [...others(image, id), member]);
  note(call, image, { projectId: id, action: status });
  return { status: 200, json: body(image, member) };
}

function remove(call: Call, image: StoredImage): Reply {
  const { member: id = '' } = call.params;
  if (!memberOf(image, id)) return noMember(id, image);
  if (image.owner !== projectIdOf(call)) return NOT_OWNER;
  put(call, image, others(image, id));
  note(call, image, { projectId: id, action: 'removed' });
  return { status: 204 };
}

function others(image: StoredImage, id: string): readonly Member[] {
  return membersOf(image).filter(({ projectId }) => projectId !== id);
}

function note(call: Call, { id }: StoredImage, act: Pick<MemberAct, 'projectId' | 'action'>): void {
  call.world.cloud.memberLog.push({ at: call.now, imageId: id, ...act });
}

function put(call: Call, image: StoredImage, members: readonly Member[]): void {
  call.world.cloud.images.put({ ...image, members });
}
