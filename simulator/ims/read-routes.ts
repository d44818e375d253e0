import type { CallName } from '../server/call-names.ts';
import { type Call, projectIdOf, type Reply, type Route } from '../server/context.ts';
import { glanceError, imsError, noImage, noSuchApi } from '../server/errors.ts';
import { badFilter, findImages } from './find-images.ts';
import { momentOf, seenBy, wrongProject } from './image-seen.ts';
import { jobBody } from './job-body.ts';
import { osVersionsBody } from './os-versions.ts';
import { nextLink, type PageWish, pageOf } from './page.ts';

const read = (path: string, name: CallName, handle: Route['handle']): Route => ({
  method: 'GET',
  path,
  name,
  secured: 'project',
  handle,
});

export const READ_ROUTES: readonly Route[] = [
  read('/v1/:project/jobs/:job', 'job', (call) => job(call, 'project')),
  read('/v1/cloudimages/job/:job', 'job', (call) => job(call, 'progress')),
  read('/v2/cloudimages', 'list', cloudImages),
  read('/v2/images', 'glance list', glanceImages),
  read('/v1/cloudimages/quota', 'quota', quota),
  read('/v1/cloudimages/os_version', 'os versions', osVersions),
];

function job(call: Call, api: 'project' | 'progress'): Reply {
  const { options, cloud } = call.world;
  const projectId = projectIdOf(call);
  if (options.jobApis !== 'both' && options.jobApis !== api) return noSuchApi(call);
  const wrong = wrongProject(call);
  if (wrong) return wrong;
  const task = cloud.tasks.get(call.params['job'] ?? '');
  const { jobRetentionMs } = options;
  const isForgotten =
    task?.owner !== projectId || (jobRetentionMs > 0 && call.now >= task.endsAt + jobRetentionMs);
  if (!isForgotten) return { status: 200, json: jobBody(task, momentOf(call)) };
  return options.unknownJob === '404'
    ? { status: 404, json: { itemNotFound: { message: 'The job does not exist.', code: 404 } } }
    : imsError('IMG.0023', 'An exception occurred during task query.');
}

function page(call: Call, query: URLSearchParams, sizes: PageWish['sizes']) {
  const moment = momentOf(call);
  const found = findImages(call.world.cloud.images, query, moment);
  return pageOf(seenBy(call, found), { query, sizes, moment });
}

function cloudImages(call: Call): Reply {
  const query = new URLSearchParams(call.url.searchParams);
  const bad = badFilter(query, call.world.options.statusWords);
  if (bad !== undefined) return imsError('IMG.0001', `The filter ${bad} is invalid.`);
  // IMS: its own lists show only registered images, unless a filter requests others.
  if (!query.has('__isregistered')) query.set('__isregistered', 'true');
  const found = page(call, query, { usual: 500, largest: call.world.options.largestPage });
  if (found === 'bad marker') return imsError('IMG.0144', 'The image does not exist.');
  if (found === 'bad query') {
    return imsError('IMG.0001', 'The request message format is invalid.');
  }
  const { images, next } = found;
  const hasLink = next !== undefined && call.world.options.listNextLink;
  const link = hasLink ? { next: nextLink('/v2/cloudimages', call.url.searchParams, found) } : {};
  return { status: 200, json: { images, ...link } };
}

const VISIBILITIES = new Set(['public', 'private', 'shared', 'community', 'all']);

function withoutAll(query: URLSearchParams): URLSearchParams {
  const filters = new URLSearchParams(query);
  if (filters.get('visibility') === 'all') filters.delete('visibility');
  return filters;
}

function glanceImages(call: Call): Reply {
  const query = call.url.searchParams;
  const visibility = query.get('visibility') ?? 'all';
  if (!VISIBILITIES.has(visibility)) return glanceError(400, 'Invalid visibility value');
  const found = page(call, withoutAll(query), { usual: 25, largest: 1000 });
  if (found === 'bad marker') return noImage(query.get('marker') ?? '');
  if (found === 'bad query') return glanceError(400, 'Invalid limit or sort key');
  const first = new URLSearchParams(query);
  first.delete('marker');
  return {
    status: 200,
    json: {
      first: first.size === 0 ? '/v2/images' : `/v2/images?${first}`,
      schema: '/v2/schemas/images',
      images: found.images,
      ...(found.next === undefined ? {} : { next: nextLink('/v2/images', query, found) }),
    },
  };
}

function osVersions({ world }: Call): Reply {
  return { status: 200, json: osVersionsBody(world.options.dialect) };
}

function quota(call: Call): Reply {
  const { cloud, options } = call.world;
  const used = cloud.images.count(call.now);
  const other = (type: string) => ({ type, used: 0, quota: 128, min: 1, max: 1000 });
  const resources = [
    { type: 'image', used, quota: options.imageQuota, min: 1, max: 1_000_000 },
    other('image_shared'),
    other('image_member'),
  ];
  return { status: 200, json: { quotas: { resources } } };
}
