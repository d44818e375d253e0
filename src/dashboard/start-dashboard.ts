import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { type StatusDeps, stopStatus } from '../producer/batch-status.ts';
import { renderHtml } from '../producer/report/html/render-html.ts';
import { readReport } from '../producer/report/read-report.ts';
import type { BatchSummary } from '../shared/ledger/batch-ledger.ts';
import type { Queues } from '../shared/queues/queues.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import { BATCHES_POLICY, batchesPage, messagePage } from './batches-page.ts';
import { isOurHost } from './our-host.ts';

export interface DashboardDeps extends StatusDeps {
  readonly queues: Queues;
  readonly clock: Clock;
}

export interface Dashboard {
  readonly url: string;
  close(): Promise<void>;
}

/** What Bull Board's page needs: its own files, and the styles that it writes into its elements. */
const QUEUES_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

/**
 * Batches, their reports and the queues, to be looked at: on loopback, without a login, and changing
 * nothing.
 * @throws the error of the system when the port cannot be had
 */
export async function startDashboard(deps: DashboardDeps, port: number): Promise<Dashboard> {
  const app = await createDashboard(deps);
  await app.listen({ host: '127.0.0.1', port });
  const address = app.server.address();
  const real = typeof address === 'object' && address !== null ? address.port : port;
  return { url: `http://127.0.0.1:${real}/`, close: () => app.close() };
}

/** The same without a port, for tests. */
export async function createDashboard(deps: DashboardDeps): Promise<FastifyInstance> {
  // A browser keeps its connection: without this the end would wait for it.
  const app = fastify({ forceCloseConnections: true });
  guard(app);
  app.get('/', async (_, reply) => page(reply, await batches(deps)));
  app.get<{ Params: { batch: string } }>('/reports/:batch', async ({ params }, reply) => {
    const summary = await deps.batches.summary(params.batch);
    if (!summary) return page(reply.code(404), messagePage('No such batch', 'It is not there.'));
    const report = await readReport(deps, summary, deps.clock.now());
    // The page itself says by hash what it may run.
    reply.header('content-security-policy', "frame-ancestors 'none'");
    return reply.type('text/html; charset=utf-8').send(renderHtml(report));
  });
  await addQueues(app, deps.queues);
  app.setNotFoundHandler((_, reply) => page(reply.code(404), messagePage('Nothing here', '')));
  app.setErrorHandler((_, __, reply) =>
    page(reply.code(500), messagePage('That went wrong', 'The log may say more.')),
  );
  return app;
}

/** Only who looks at this address, and only looks. A foreign name may lead a browser here. */
function guard(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    });
    if (!isOurHost(request.headers.host)) {
      return page(reply.code(403), messagePage('Not this name', 'Open it as http://127.0.0.1.'));
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply.header('allow', 'GET, HEAD');
      return page(reply.code(405), messagePage('Only to be looked at', 'Commands change things.'));
    }
    return undefined;
  });
}

async function addQueues(app: FastifyInstance, { submit, poll }: Queues): Promise<void> {
  const serverAdapter = new FastifyAdapter();
  serverAdapter.setBasePath('/queues');
  const queues = [submit, poll].map((queue) => new BullMQAdapter(queue, { readOnlyMode: true }));
  createBullBoard({ queues, serverAdapter });
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (_, reply) => {
      reply.header('content-security-policy', QUEUES_POLICY);
    });
    await scope.register(serverAdapter.registerPlugin(), { prefix: '/queues' });
  });
}

function page(reply: FastifyReply, html: string): FastifyReply {
  reply.header('content-security-policy', BATCHES_POLICY);
  return reply.type('text/html; charset=utf-8').send(html);
}

async function batches(deps: DashboardDeps): Promise<string> {
  const summaries: BatchSummary[] = [];
  for (const name of await deps.batches.names()) {
    const summary = await deps.batches.summary(name);
    if (summary) summaries.push(summary);
  }
  const [first] = summaries;
  const stop = first ? await stopStatus(deps, first.counts) : null;
  return batchesPage(summaries, stop ? `Stopped: ${stop.code}: ${stop.message}` : undefined);
}
