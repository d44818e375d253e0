import { z } from 'zod';
import type { Body } from '../ims/field-rules.ts';
import { tagsOf } from '../ims/field-rules.ts';
import { DEFAULT_OPTIONS } from '../options.ts';
import type { Call, Reply, Route } from '../server/context.ts';

const control = (method: string, path: string, handle: Route['handle']): Route => ({
  method,
  path: `/_control${path}`,
  name: 'control',
  secured: false,
  handle,
});

/** The handle for tests and demonstrations; not part of any cloud. */
export const CONTROL_ROUTES: readonly Route[] = [
  control('GET', '/accepted', (call) => ({ status: 200, json: call.world.cloud.accepted })),
  control('GET', '/stats', stats),
  control('GET', '/options', (call) => ({ status: 200, json: call.world.options })),
  control('PUT', '/options', setOptions),
  control('POST', '/revoke-tokens', (call) => {
    call.world.accounts.revokeAll();
    return { status: 204 };
  }),
  control('POST', '/finish-all', (call) => {
    call.world.cloud.finishAll();
    return { status: 204 };
  }),
  control('POST', '/images', addImage),
];

function stats(call: Call): Reply {
  const { stats: counted, cloud } = call.world;
  const inFlight = cloud.inFlight();
  const { maxInFlight, accepted } = cloud;
  return { status: 200, json: { ...counted, inFlight, maxInFlight, accepted: accepted.length } };
}

const shares = z.record(z.string(), z.number()).default({});
const optionsSchema = z.looseObject({ createFaults: shares, readFaults: shares });

function setOptions(call: Call): Reply {
  const parsed = optionsSchema.safeParse(call.body);
  if (!parsed.success) return { status: 400, json: { error: 'an object of options is wanted' } };
  const unknown = Object.keys(parsed.data).filter((name) => !Object.hasOwn(DEFAULT_OPTIONS, name));
  if (unknown.length > 0)
    return { status: 400, json: { error: `no option ${unknown.join(', ')}` } };
  const { options } = call.world;
  const { createFaults, readFaults, ...rest } = parsed.data;
  call.world.options = {
    ...options,
    ...rest,
    createFaults: { ...options.createFaults, ...createFaults },
    readFaults: { ...options.readFaults, ...readFaults },
  };
  return { status: 200, json: call.world.options };
}

/** Puts an image there that nobody imported. */
function addImage(call: Call): Reply {
  const parsed = z.record(z.string(), z.unknown()).safeParse(call.body);
  if (!parsed.success) return { status: 400, json: { error: 'an object is wanted' } };
  const body: Body = parsed.data;
  const { cloud, clock, options, random } = call.world;
  const id = String(body['id'] ?? `00000000-0000-4000-a000-${random.id(9).replace(/\W/g, '0')}`);
  const owner = String(body['owner'] ?? options.projectId);
  const image = { id, owner, body, tags: tagsOf(body), createdAt: clock.now() };
  cloud.images.set(id, { ...image, kind: 'system' });
  return { status: 200, json: { id } };
}
