import { type Call, projectIdOf, type Reply, type Route } from '../server/context.ts';

/** The list of servers: ECS shows from which image each one was made. */
export const SERVER_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/:project/cloudservers/detail',
    name: 'servers',
    secured: 'project',
    handle: list,
  },
];

/** ECS: `offset` is the number of a page; 0 and 1 are the first one. */
function list(call: Call): Reply {
  const projectId = projectIdOf(call);
  if (call.params['project'] !== projectId) return error(400, 'Ecs.0005', 'Invalid project id.');
  const { searchParams } = call.url;
  const limit = Number(searchParams.get('limit') ?? 25);
  const page = Number(searchParams.get('offset') ?? 1);
  const isGood = Number.isInteger(limit) && limit >= 1 && Number.isInteger(page) && page >= 0;
  if (!isGood) return error(400, 'Ecs.0005', 'Invalid limit or offset.');
  const size = Math.min(limit, 1000);
  const { servers } = call.world.options;
  const from = (Math.max(1, page) - 1) * size;
  const shown = servers.slice(from, from + size).map((server) => ({
    id: server.id,
    name: server.name,
    status: 'ACTIVE',
    tenant_id: projectId,
    image: { id: server.imageId },
    metadata: { 'metering.image_id': server.imageId, 'metering.imagetype': 'private' },
    tags: [],
  }));
  return { status: 200, json: { count: servers.length, servers: shown } };
}

function error(status: number, code: string, message: string): Reply {
  return { status, json: { error: { code, message } } };
}

/** What ECS answers to a user without the right. */
export const NO_SERVERS = error(
  403,
  'Ecs.0010',
  "Policy doesn't allow ecs:cloudServers:list to be performed.",
);
