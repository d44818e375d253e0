import { type FastifyInstance, fastify } from 'fastify';
import { FerryError } from '../shared/errors/errors.ts';
import { mayChange } from './access/decide-access.ts';
import { addGuard, sendPage } from './access/guard.ts';
import { addBoard } from './board/add-board.ts';
import type { DashboardDeps } from './dashboard-deps.ts';
import { addMetrics } from './metrics/add-metrics.ts';
import { messagePage } from './pages/page-frame.ts';
import { addActionRoutes } from './routes/action-routes.ts';
import { notThere } from './routes/live-page.ts';
import { addLookRoutes } from './routes/look-routes.ts';
import { createSite } from './site.ts';

const FORM = 'application/x-www-form-urlencoded';
/** A form of ours has two short fields. */
const MOST_BYTES = 16_384;
/** Of a batch's name in an address, where one character may take nine. */
const LONGEST_PARAM = 4000;

const PROXY_ADVICE =
  'Set IMS_FERRY_DASHBOARD_PROXIES to its address: until then wrong logins of all who come through it count together.';

/** Batches, images, reports and queues, without a port. */
export async function createDashboard(deps: DashboardDeps): Promise<FastifyInstance> {
  const site = createSite(deps);
  const { at } = site;
  // A browser keeps its connection: without this the end would wait for it.
  const app = fastify({
    forceCloseConnections: true,
    bodyLimit: MOST_BYTES,
    rewriteUrl: at.without,
    routerOptions: { maxParamLength: LONGEST_PARAM },
  });
  addGuard(app, {
    config: deps.config,
    clock: deps.clock,
    onUnknownProxy: (peer) =>
      deps.log.warn({ peer, advice: PROXY_ADVICE }, 'dashboard: unknown proxy'),
    onRefused: (asking, status) => deps.log.debug({ ...asking, status }, 'dashboard: refused'),
  });
  app.addContentTypeParser(FORM, { parseAs: 'string' }, (_, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  // Before the routes: those that are there already would keep the ones of fastify.
  app.setNotFoundHandler((_, reply) => notThere(reply));
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    const path = request.url.split('?')[0];
    if (status >= 500) deps.log.error({ err: error, path }, 'dashboard: page failed');
    return sendPage(reply.code(status), trouble(status, error));
  });
  if (at.base !== '') app.get(at.base, (_, reply) => reply.redirect(at.of('/'), 301));
  addMetrics(app, site);
  addLookRoutes(app, site);
  addActionRoutes(app, site);
  await addBoard(app, {
    ...deps,
    at,
    mayChange: mayChange(deps.config),
    audit: (pressed) => deps.log.info(pressed, 'dashboard: queue button'),
  });
  app.addHook('onClose', () => site.close());
  return app;
}

function statusOf(error: unknown): number {
  if (error instanceof FerryError) return 503;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

/** Errors of ours are written for people, and hold no secret; of others nothing is told. */
function trouble(status: number, error: unknown): string {
  if (error instanceof FerryError) {
    return messagePage('That does not work now', `${error.message} ${error.advice ?? ''}`);
  }
  return status < 500
    ? messagePage('That was not understood', 'Go back and try it again.')
    : messagePage('That went wrong', 'The log of the dashboard may say more.');
}
