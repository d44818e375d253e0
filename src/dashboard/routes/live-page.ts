import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Markup } from '../../ui/markup.ts';
import { SAFE_HEADERS } from '../access/guard.ts';
import { sendPage } from '../access/send-page.ts';
import type { DashboardContext } from '../context.ts';
import { EventStream, withPatience } from '../live/live-pages.ts';
import { messagePage, pageFrame } from '../pages/page-frame.ts';

/** A page whose main part is sent again whenever it changes. */
export interface LivePage {
  readonly title: string;
  /** Address of its events, with the query: pages with the same address are identical. */
  readonly live: string;
  /** `undefined`: what it shows does not exist. */
  readonly draw: () => Promise<Markup | undefined>;
}

/** The page at `path`, and its events at `path` + `/live`. */
export function addLivePage(
  app: FastifyInstance,
  context: DashboardContext,
  { path, describe }: { path: string; describe: (request: FastifyRequest) => LivePage },
): void {
  const { deps, live: livePages } = context;
  const draw = async (page: LivePage): Promise<Markup | undefined> =>
    withPatience(deps.clock, page.draw());
  app.get(path, async (request, reply) => {
    const page = describe(request);
    const main = await draw(page);
    if (main === undefined) return sendNotFound(reply);
    const { title, live } = page;
    return sendPage(reply, pageFrame({ title, live, viewer: context.viewer(request), main }));
  });
  // A HEAD request would keep a stream open and read nothing from it.
  const events = { exposeHeadRoute: false };
  app.get(`${path === '/' ? '' : path}/live`, events, (request, reply) => {
    if (livePages.isFull) {
      const full = messagePage('Too many viewers', 'Reload the page later.');
      return sendPage(reply.code(503), full);
    }
    const page = describe(request);
    reply.hijack();
    const stream = new EventStream(reply.raw, SAFE_HEADERS);
    const drawText = async (): Promise<string | undefined> => {
      const main = await draw(page);
      return main && app.ferryBase.inPage(main.text);
    };
    livePages.follow(page.live, drawText, stream);
    return reply;
  });
}

export function sendNotFound(reply: FastifyReply): FastifyReply {
  const text = 'There is no such batch, image or page.';
  return sendPage(reply.code(404), messagePage('Not found', text));
}

export function queryOf({ query }: FastifyRequest): Readonly<Record<string, unknown>> {
  return query as Record<string, unknown>;
}

export function paramOf({ params }: FastifyRequest, name: string): string {
  return (params as Readonly<Record<string, string>>)[name] ?? '';
}

/** A field of a submitted form. */
export function fieldOf({ body }: FastifyRequest, name: string): string | undefined {
  return body instanceof URLSearchParams ? (body.get(name) ?? undefined) : undefined;
}
