import { randomUUID } from 'node:crypto';
import { type Call, gatewayError, imsError, type Reply, type Route } from '../server/context.ts';
import type { StoredImage } from './cloud.ts';
import { imageBody, isListed, matches, pageOf } from './image-list.ts';
import { jobBody } from './job-life.ts';
import { OS_VERSIONS } from './os-versions.ts';

const read = (path: string, name: string, handle: Route['handle']): Route => ({
  method: 'GET',
  path,
  name,
  secured: true,
  handle,
});

export const READ_ROUTES: readonly Route[] = [
  read('/v1/:project/jobs/:job', 'job', (call) => job(call, 'project')),
  read('/v1/cloudimages/job/:job', 'job', (call) => job(call, 'progress')),
  read('/v2/cloudimages', 'list', (call) => cloudImages(call)),
  read('/v2/images', 'glance list', (call) => glanceImages(call)),
  read('/v2/images/:image', 'image', (call) => image(call)),
  read('/v2/:project/images/:image/tags', 'tags', (call) => tags(call)),
  read('/v1/cloudimages/quota', 'quota', (call) => quota(call)),
  read('/v1/cloudimages/os_version', 'os versions', () => ({ status: 200, json: OS_VERSIONS })),
  {
    method: 'DELETE',
    path: '/v2/images/:image',
    name: 'delete',
    secured: true,
    handle: (call) => remove(call),
  },
  {
    method: 'GET',
    path: '/',
    name: 'versions',
    secured: false,
    handle: () => ({ status: 300, json: { versions: [{ id: 'v2.2', status: 'CURRENT' }] } }),
  },
];

function job(call: Call, api: 'project' | 'progress'): Reply {
  const { options, cloud, clock } = call.world;
  if (options.jobApis !== 'both' && options.jobApis !== api) {
    return gatewayError(call, { status: 404, code: '0101', text: 'The API does not exist.' });
  }
  if (api === 'project' && call.params['project'] !== options.projectId) {
    return imsError('IMG.0030', 'The project ID is invalid.');
  }
  const task = cloud.tasks.get(call.params['job'] ?? '');
  if (task) return { status: 200, json: jobBody(task, clock.now(), options) };
  return options.unknownJob === '404'
    ? { status: 404, json: { itemNotFound: { message: 'job not found', code: 404 } } }
    : imsError('IMG.0023', 'An exception occurred during task query.');
}

type Listed = Readonly<Record<string, unknown>>;

function listed(call: Call): readonly Listed[] {
  const { cloud, clock, options } = call.world;
  const now = clock.now();
  const found: Listed[] = [];
  for (const stored of candidates(call, cloud.images)) {
    const body = isListed(stored, now, options) ? imageBody(stored, now, options) : undefined;
    if (body && matches(body, call.url.searchParams)) found.push(body);
  }
  return found;
}

/** A filter by id is answered without looking at every image. */
function candidates(call: Call, images: ReadonlyMap<string, StoredImage>): Iterable<StoredImage> {
  const id = call.url.searchParams.get('id');
  if (id === null) return images.values();
  const one = images.get(id);
  return one ? [one] : [];
}

function cloudImages(call: Call): Reply {
  const page = pageOf(listed(call), call.url.searchParams, {
    usual: 500,
    largest: call.world.options.largestPage,
  });
  if (page === 'bad marker') return imsError('IMG.0144', 'The image does not exist.');
  return { status: 200, json: { images: page } };
}

function glanceImages(call: Call): Reply {
  const query = call.url.searchParams;
  const page = pageOf(listed(call), query, { usual: 25, largest: 1000 });
  if (page === 'bad marker') return glanceMissing(query.get('marker') ?? '');
  const limit = Number(query.get('limit') ?? 25);
  const last = page.at(-1)?.['id'];
  const next = page.length < limit ? {} : { next: `/v2/images?limit=${limit}&marker=${last}` };
  return {
    status: 200,
    json: { first: '/v2/images', schema: '/v2/schemas/images', images: page, ...next },
  };
}

function glanceMissing(id: string): Reply {
  return {
    status: 404,
    text: `No image found with ID ${id}`,
    headers: { 'content-type': 'text/plain' },
  };
}

function image(call: Call): Reply {
  const { cloud, clock, options } = call.world;
  const id = call.params['image'] ?? '';
  const stored = cloud.images.get(id);
  const body = stored && imageBody(stored, clock.now(), options);
  return body ? { status: 200, json: body } : glanceMissing(id);
}

function tags(call: Call): Reply {
  const stored = call.world.cloud.images.get(call.params['image'] ?? '');
  return stored ? { status: 200, json: { tags: stored.tags } } : glanceMissing(randomUUID());
}

function quota(call: Call): Reply {
  const { cloud, options } = call.world;
  const resource = { type: 'image', used: cloud.used(options), quota: options.imageQuota };
  const others = ['image_shared', 'image_member'].map((type) => ({
    type,
    used: 0,
    quota: 128,
    min: 1,
    max: 1000,
  }));
  const resources = [{ ...resource, min: 1, max: 1_000_000 }, ...others];
  return { status: 200, json: { quotas: { resources } } };
}

function remove(call: Call): Reply {
  const { cloud, options } = call.world;
  const id = call.params['image'] ?? '';
  const stored = cloud.images.get(id);
  if (!stored) return glanceMissing(id);
  const phase = stored.task ? cloud.phase(stored.task, options) : 'SUCCESS';
  if (phase === 'INIT' || phase === 'RUNNING') {
    return imsError('IMG.0090', 'The image is being created and cannot be deleted.');
  }
  cloud.images.delete(id);
  return { status: 204 };
}
