import { type FastifyInstance, fastify } from 'fastify';
import { FerryError, RedisError } from '../shared/errors/errors.ts';
import { mayChange } from './access/decide-access.ts';
import { addGuard } from './access/guard.ts';
import { sendPage } from './access/send-page.ts';
import { addBoard } from './board/add-board.ts';
import { createContext, type DashboardDeps } from './context.ts';
import { addMetrics } from './metrics/project-metrics.ts';
import { messagePage } from './pages/page-frame.ts';
import { addActionRoutes } from './routes/action-routes.ts';
import { sendNotFound } from './routes/live-page.ts';
import { addPageRoutes } from './routes/page-routes.ts';

const FORM = 'application/x-www-form-urlencoded';
/** Our forms have two short fields. */
const MAX_BODY_BYTES = 16_384;
/** Of a batch name in an address, where one character may take nine. */
const MAX_PARAM_LENGTH = 4000;

/** Batches, images, reports and queues, without a port. */
export async function createDashboard(deps: DashboardDeps): Promise<FastifyInstance> {
  const context = createContext(deps);
  const { at } = context;
  // Browsers keep connections open: without this, closing would wait for them.
  const app = fastify({
    forceCloseConnections: true,
    bodyLimit: MAX_BODY_BYTES,
    rewriteUrl: at.without,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  });
  addGuard(app, deps);
  app.addContentTypeParser(FORM, { parseAs: 'string' }, (_, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  // Before the routes: routes that exist already would keep the handlers of fastify.
  app.setNotFoundHandler((_, reply) => sendNotFound(reply));
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    const path = request.url.split('?')[0];
    if (status >= 500) deps.log.error({ err: error, path }, 'dashboard: page failed');
    return sendPage(reply.code(status), errorPage(status, error));
  });
  if (at.base !== '') app.get(at.base, (_, reply) => reply.redirect(at.of('/'), 301));
  addMetrics(app, context);
  addPageRoutes(app, context);
  addActionRoutes(app, context);
  await addBoard(app, {
    ...{ ...deps, at, mayChange: mayChange(deps.config) },
    snapshot: () => context.watch.snapshot(),
  });
  app.addHook('onClose', () => context.close());
  return app;
}

function statusOf(error: unknown): number {
  if (error instanceof FerryError) return 503;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

/** Our own errors are written for people and hold no secret; those of others are not shown. */
function errorPage(status: number, error: unknown): string {
  if (error instanceof FerryError) {
    const title = error instanceof RedisError ? 'Redis is not answering' : 'Not possible right now';
    return messagePage(title, `${error.message} ${error.advice ?? ''}`);
  }
  return status < 500
    ? messagePage('Bad request', 'Go back and try again.')
    : messagePage('Something went wrong', 'See the log of the dashboard.');
}
