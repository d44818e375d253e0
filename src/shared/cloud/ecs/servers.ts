import { z } from 'zod';
import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import { NEEDED, rightAdvice } from '../../dialect/rights.ts';
import { CloudError } from '../../errors/errors.ts';
import type { Http } from '../http/http.ts';
import { explain } from '../http/service-error.ts';
import type { Session, Sessions } from '../session/session.ts';
import { findEcs } from './find-ecs.ts';

/** Images that servers were made from → names of some of those servers. */
export type UsedImages = ReadonlyMap<string, readonly string[]>;

interface ServersOptions {
  readonly http: Http;
  readonly sessions: Sessions;
  readonly cloud: CloudConfig;
  readonly now: () => number;
}

/** ECS: at most 1000; it advises 100. */
const PAGE = 100;
const MAX_PAGES = 1000;
const PAGE_BYTES = 16_000_000;
const NAMES_KEPT = 3;

const text = z.string().nullish();
/** ECS: a server that was made from a disk has no image, or an empty id. */
const serverSchema = z.object({
  id: z.string().min(1),
  name: text.catch(undefined),
  image: z.union([z.object({ id: text }), z.literal('')]).nullish(),
  metadata: z.object({ 'metering.image_id': text }).nullish(),
});
const pageSchema = z.object({ count: z.int().min(0), servers: z.array(serverSchema) });

/**
 * Reads all servers of the project once and collects the images that they were made from. A list that is not
 * complete, or in which one server cannot be read, is an error: an image in use must not look unused.
 * @throws CloudError when the list cannot be read; `advice` names the missing right
 */
export async function readUsedImages(options: ServersOptions): Promise<UsedImages> {
  const session = await options.sessions.get();
  const endpoint = await findEcs(options, session);
  const used = new Map<string, string[]>();
  const seen = new Set<string>();
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { count, servers } = await readPage(options, session, { endpoint, page, limit: PAGE });
    const before = seen.size;
    for (const { id, name, image, metadata } of servers) {
      seen.add(id);
      for (const imageId of [image === '' ? '' : image?.id, metadata?.['metering.image_id']]) {
        if (!imageId) continue;
        const names = used.get(imageId) ?? [];
        used.set(imageId, names);
        const label = name ?? id;
        if (names.length < NAMES_KEPT && !names.includes(label)) names.push(label);
      }
    }
    const isShort = servers.length < PAGE;
    if (isShort && seen.size >= count) return used;
    if (seen.size === before) {
      throw notRead(
        'SERVERS_INCOMPLETE',
        `it shows ${seen.size} of ${count} ${count === 1 ? 'server' : 'servers'}`,
      );
    }
  }
  throw notRead('LONG_LIST', `it has more than ${MAX_PAGES} pages`);
}

/**
 * Reads one server, to see whether the list can be read. Returns the address of ECS.
 * @throws CloudError when it cannot
 */
export async function tryServers(options: ServersOptions): Promise<string> {
  const session = await options.sessions.get();
  const endpoint = await findEcs(options, session);
  await readPage(options, session, { endpoint, page: 1, limit: 1 });
  return endpoint;
}

interface Page {
  readonly endpoint: string;
  readonly page: number;
  readonly limit: number;
}

async function readPage(
  { http }: ServersOptions,
  { authorize, projectId }: Session,
  { endpoint, page, limit }: Page,
): Promise<z.infer<typeof pageSchema>> {
  const url = `${endpoint}/v1/${projectId}/cloudservers/detail?limit=${limit}&offset=${page}`;
  const call = { method: 'GET', url } as const;
  const headers = authorize(call);
  const result = await http.request({
    ...{ ...call, headers, service: 'ecs', operation: 'servers', maxBytes: PAGE_BYTES },
  });
  if (result.kind !== 'answer') throw notRead(result.code, result.message);
  if (result.status < 200 || result.status >= 300) {
    const { code, message } = explain(result);
    const isDenied = [401, 403, 404].includes(result.status);
    throw notRead(code, message, isDenied ? RIGHT : undefined);
  }
  const parsed = pageSchema.safeParse(result.body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw notRead('UNREADABLE', `it is not as documented, at ${issue?.path.join('.') || 'the top'}`);
}

const RIGHT = `${rightAdvice(NEEDED.servers)} ECS_ENDPOINT names another address.`;

function notRead(code: string, message: string, advice?: string): CloudError {
  const what = `The list of servers cannot be read, so prune deletes no image: ${code}: ${message}`;
  return new CloudError('ECS', what, { serviceCode: code, ...(advice && { advice }) });
}
