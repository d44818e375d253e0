import type { ServerResponse } from 'node:http';
import { rawServer } from './raw-server.ts';

/** What a client gets in place of the answer to a create that was done. */
export type Loss = 'cut' | 'gateway' | 'half';

interface JobFront {
  readonly url: string;
  /** Images that were made, in their order. */
  readonly made: readonly string[];
  /** Paths with query of the lists that were requested. */
  readonly lists: readonly string[];
  lost(): number;
}

interface Fields {
  readonly [name: string]: unknown;
}

interface Tag {
  readonly key: string;
  readonly value: string;
}

/**
 * The calls of IMS that Glance lacks, in front of a real one: a create makes an image and answers a job,
 * and a list is a list of Glance. Nothing in here comes from the simulator.
 */
export async function jobFront(
  glance: string,
  { lossOf }: { readonly lossOf: (create: number) => Loss | undefined },
): Promise<JobFront> {
  const made: string[] = [];
  const lists: string[] = [];
  const active = new Set<string>();
  const names = new Map<string, string>();
  let creates = 0;
  let lost = 0;
  let uploads = Promise.resolve();

  const create = async (call: Call): Promise<void> => {
    const body = JSON.parse(call.body) as Fields;
    const answer = await call.glance('POST', '/v2/images', imageOf(body));
    if (answer.status !== 201) return pass(call, answer);
    const { id } = JSON.parse(answer.text) as { id: string };
    made.push(id);
    names.set(id, String(body['name']));
    uploads = uploads.then(async () => {
      const { status, text } = await call.glance('PUT', `/v2/images/${id}/file`, 'a disk');
      if (status !== 204) throw new Error(`Glance takes no file: ${status} ${text}`);
      active.add(id);
    });
    // Its reason shows where the import does not end.
    uploads.catch(() => undefined);
    creates += 1;
    const loss = lossOf(creates);
    if (loss !== undefined) lost += 1;
    lose(call.response, loss, JSON.stringify({ job_id: `job-${id}` }));
  };

  const job = (call: Call, id: string): void => {
    if (!names.has(id)) {
      say(call.response, 400, NO_JOB);
      return;
    }
    const status = active.has(id) ? 'SUCCESS' : 'RUNNING';
    const entities = { image_id: id, image_name: names.get(id) };
    const times = { begin_time: '2026-01-01T00:00:00.000Z', end_time: '' };
    const outcome = { error_code: null, fail_reason: null };
    const head = { status, job_id: `job-${id}`, job_type: 'imsImportImageJob' };
    say(call.response, 200, JSON.stringify({ ...head, ...times, ...outcome, entities }));
  };

  const list = async (call: Call): Promise<void> => {
    lists.push(`${call.url.pathname}${call.url.search}`);
    const query = new URLSearchParams(
      [...call.url.searchParams].filter(([name]) => !EXTENSIONS.test(name)),
    );
    const answer = await call.glance('GET', `/v2/images?${query}`);
    if (answer.status !== 200) return pass(call, answer);
    const { images } = JSON.parse(answer.text) as Fields;
    say(call.response, 200, JSON.stringify({ images }));
  };

  const answer = async (call: Call): Promise<void> => {
    const { pathname } = call.url;
    if (call.method === 'POST' && pathname === '/v2/cloudimages/action') return create(call);
    if (call.method !== 'GET') return say(call.response, 404, NO_API);
    const [, id] = /\/jobs?\/job-([^/]+)$/.exec(pathname) ?? [];
    if (id !== undefined) return job(call, id);
    if (pathname === '/v2/cloudimages') return list(call);
    if (!pathname.startsWith('/v2/images/')) return say(call.response, 404, NO_API);
    return pass(call, await call.glance('GET', pathname));
  };

  const server = await rawServer((request, response, body) => {
    const call: Call = {
      method: request.method ?? '',
      url: new URL(request.url ?? '/', glance),
      body,
      response,
      glance: callerOf(glance, String(request.headers['x-auth-token'] ?? '')),
    };
    answer(call).catch(() => response.destroy());
  });
  return { url: server.url, made, lists, lost: () => lost };
}

/** What Glance does not know, and would take for attributes of images. */
const EXTENSIONS = /^(__.*|enterprise_project_id)$/;
const NO_API = JSON.stringify({ error_code: 'APIGW.0101', error_msg: 'The API does not exist' });

const NO_JOB = JSON.stringify({ error: { code: 'IMG.0023', message: 'no such job' } });

function imageOf({ name, min_disk, image_url, image_tags = [], os_version }: Fields): Fields {
  const tags = (image_tags as readonly Tag[]).map(({ key, value }) => `${key}=${value}`);
  return {
    ...{ name, min_disk, tags, disk_format: 'raw', container_format: 'bare' },
    __data_origin: `file,${String(image_url)}`,
    ...(os_version === undefined ? {} : { __os_version: os_version }),
  };
}

interface GlanceAnswer {
  readonly status: number;
  readonly text: string;
}

interface Call {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly response: ServerResponse;
  /** With the token of who calls. */
  readonly glance: (method: string, path: string, body?: Fields | string) => Promise<GlanceAnswer>;
}

function callerOf(glance: string, token: string): Call['glance'] {
  return async (method, path, content) => {
    const isFile = typeof content === 'string';
    const type = isFile ? 'application/octet-stream' : 'application/json';
    const body = isFile ? content : JSON.stringify(content);
    const answer = await fetch(`${glance}${path}`, {
      method,
      headers: { 'x-auth-token': token, 'content-type': type },
      ...(content === undefined ? {} : { body }),
    });
    return { status: answer.status, text: await answer.text() };
  };
}

function pass({ response }: Call, { status, text }: GlanceAnswer): void {
  say(response, status, text);
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}

function lose(response: ServerResponse, loss: Loss | undefined, text: string): void {
  if (loss === 'cut') response.destroy();
  else if (loss === 'gateway') say(response, 504, GATEWAY_TIMEOUT);
  else say(response, 200, loss === 'half' ? text.slice(0, text.length / 2) : text);
}

const GATEWAY_TIMEOUT = '{"error_code":"APIGW.0201","error_msg":"Backend timeout"}';
