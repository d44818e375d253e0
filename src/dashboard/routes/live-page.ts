import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Markup } from '../../producer/report/html/markup.ts';
import { SAFE_HEADERS, sendPage } from '../access/guard.ts';
import { EventStream } from '../live/event-stream.ts';
import { withinPatience } from '../live/within.ts';
import { messagePage, pageFrame } from '../pages/page-frame.ts';
import type { Site } from '../site.ts';

/** A page whose middle part is sent anew whenever it looks different. */
export interface LivePage {
  readonly title: string;
  /** Where the part is sent from, with its query: pages with the same address look the same. */
  readonly live: string;
  /** `undefined`: what it is about is not there. */
  readonly draw: () => Promise<Markup | undefined>;
}

export type Describe = (request: FastifyRequest) => LivePage;

/** The page at `path`, and its events at `path` + `/live`. */
export function addLivePage(
  app: FastifyInstance,
  site: Site,
  at: { readonly path: string; readonly describe: Describe },
): void {
  const { path, describe } = at;
  const draw = async (page: LivePage): Promise<Markup | undefined> =>
    withinPatience(site.deps.clock, page.draw());
  app.get(path, async (request, reply) => {
    const page = describe(request);
    const main = await draw(page);
    if (main === undefined) return notThere(reply);
    const viewer = site.viewer(request);
    const { title, live } = page;
    return sendPage(reply, pageFrame({ title, live, viewer, main }));
  });
  // A HEAD would hold a stream open and read nothing of it.
  const events = { exposeHeadRoute: false };
  app.get(`${path === '/' ? '' : path}/live`, events, (request, reply) => {
    const page = describe(request);
    if (site.live.isFull) {
      return sendPage(
        reply.code(503),
        messagePage('Too many look on', 'Load the page anew later.'),
      );
    }
    reply.hijack();
    const stream = new EventStream(reply.raw, SAFE_HEADERS);
    site.live.follow(
      page.live,
      async () => {
        const main = await draw(page);
        return main && app.ferryBase.inPage(main.text);
      },
      stream,
    );
    return reply;
  });
}

export function notThere(reply: FastifyReply): FastifyReply {
  return sendPage(
    reply.code(404),
    messagePage(
      'Nothing here',
      'There is no such batch, image or page. It may have had another name.',
    ),
  );
}
