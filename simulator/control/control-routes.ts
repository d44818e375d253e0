import { importFields } from '../ims/image-body.ts';
import { tagsOf } from '../ims/tags.ts';
import type { SimulatorOptions } from '../options.ts';
import type { Answer, Call, Reply, Route } from '../server/context.ts';
import { changeOptions, resetWorld } from '../server/world.ts';
import { isFields, problemsOf } from '../settings.ts';

const control = (method: string, path: string, handle: (call: Call) => Reply): Route => ({
  method,
  path: `/_control${path}`,
  name: 'control',
  secured: 'no',
  handle: (call): Answer => (isLoopback(call) ? handle(call) : FORBIDDEN),
});

/** For tests and demonstrations; not part of any cloud. */
export const CONTROL_ROUTES: readonly Route[] = [
  control('GET', '/accepted', ({ world }) => ({ status: 200, json: world.cloud.accepted })),
  control('GET', '/changes', ({ world }) => ({ status: 200, json: world.cloud.changes })),
  control('GET', '/members', ({ world }) => ({ status: 200, json: world.cloud.memberLog })),
  control('GET', '/deleted', ({ world }) => ({ status: 200, json: world.cloud.deleted })),
  control('GET', '/stats', stats),
  control('GET', '/options', ({ world }) => optionsReply(world.options)),
  control('PUT', '/options', setOptions),
  control('POST', '/revoke-tokens', ({ world }) => done(() => world.accounts.revokeAll())),
  control('POST', '/finish-all', ({ world }) => done(() => world.cloud.finishAll())),
  control('POST', '/reset', ({ world }) => done(() => resetWorld(world))),
  control('POST', '/images', addImage),
];

const FORBIDDEN: Reply = { status: 403, json: { error: 'the control API answers loopback only' } };

function isLoopback({ request }: Call): boolean {
  const address = request.socket.remoteAddress ?? '';
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

function done(act: () => void): Reply {
  act();
  return { status: 204 };
}

/** All switches except those of the server itself. */
function optionsReply({ tls: _, ...options }: SimulatorOptions): Reply {
  return { status: 200, json: options };
}

function stats({ world }: Call): Reply {
  const { stats: counted, cloud } = world;
  const inFlight = cloud.inFlight();
  const { maxInFlight, accepted } = cloud;
  return { status: 200, json: { ...counted, inFlight, maxInFlight, accepted: accepted.length } };
}

function setOptions({ world, body }: Call): Reply {
  if (!isFields(body)) return { status: 400, json: { error: 'an object of options is wanted' } };
  const problems = problemsOf(body);
  if (problems.length > 0) return { status: 400, json: { error: problems.join('; ') } };
  changeOptions(world, body);
  return optionsReply(world.options);
}

/** Adds an image without an import: fields of a create, or attributes of an image. */
function addImage({ world, body }: Call): Reply {
  if (!isFields(body)) return { status: 400, json: { error: 'an object is wanted' } };
  const { id, owner, name, created_at, tags, image_tags, image_url, ...fields } = body;
  const createdAt = Date.parse(String(created_at));
  const image = {
    id: String(id ?? world.cloud.newImageId()),
    owner: String(owner ?? world.options.projectId),
    name: String(name ?? 'foreign'),
    tags: tagsOf({ tags: dotted(tags), image_tags }),
    createdAt: Number.isNaN(createdAt) ? world.clock.now() : createdAt,
    fields: { ...importFields({ image_url, min_disk: 40 }, 'system'), ...fields },
  };
  world.cloud.images.put(image);
  return { status: 200, json: { id: image.id } };
}

/** Here tags may also be given as `key=value`. */
function dotted(tags: unknown): unknown {
  return Array.isArray(tags) ? tags.map((tag) => String(tag).replace('=', '.')) : tags;
}
