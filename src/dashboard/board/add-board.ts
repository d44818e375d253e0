import { createBullBoard } from '@bull-board/api';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import { inBoardFrame } from './board-frame.ts';
import { type BoardDeps, ImageAdapter } from './image-adapter.ts';

/** What the pages of Bull Board need: their own files, and the styles they write into elements. */
const QUEUES_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

const PATH = '/queues';
const POLL_SECONDS = 5;

/** Bull Board with both queues at `/queues`. */
export async function addBoard(app: FastifyInstance, deps: BoardDeps): Promise<void> {
  const serverAdapter = new FastifyAdapter();
  const icon = deps.at.of('/assets/icon.svg');
  serverAdapter.setBasePath(deps.at.of(PATH));
  const { submit, poll } = deps.queues;
  const submitted = 'Images that wait to be submitted';
  const polled = 'Images that IMS is creating, each delayed until its next poll';
  const queues = [
    new ImageAdapter(deps, submit, { displayName: 'Submit', description: submitted }),
    new ImageAdapter(deps, poll, { displayName: 'Poll', description: polled }),
  ];
  createBullBoard({
    queues,
    serverAdapter,
    options: {
      handlerHooks: {
        before: async (request) => {
          const message = refusalText(request);
          return message === undefined ? undefined : { allow: false, status: 403, message };
        },
      },
      uiConfig: {
        boardTitle: 'ims-ferry',
        boardLogo: { path: icon },
        favIcon: { default: icon, alternative: icon },
        hideDocsLink: true,
        hideRedisDetails: true,
        pollingInterval: { showSetting: false, forceInterval: POLL_SECONDS },
        // Saves a CLIENT LIST per refresh.
        showWorkers: false,
      },
    },
  });
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (_, reply) => {
      reply.header('content-security-policy', QUEUES_POLICY);
    });
    scope.addHook('onSend', async (_, reply, payload) => {
      const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
      if (!isPage || typeof payload !== 'string') return payload;
      return inBoardFrame(payload, await deps.snapshot(), deps.at);
    });
    scope.addHook('onResponse', async ({ method, url, ferryUser }, { statusCode }) => {
      if (method === 'GET' || method === 'HEAD') return;
      const action = `${method} ${url.split('?')[0]}`;
      deps.log.info({ user: ferryUser, action, status: statusCode }, 'dashboard: queue button');
    });
    await scope.register(serverAdapter.registerPlugin(), { prefix: PATH });
  });
}

const QUEUE = '/api/queues/:queueName';

/**
 * The allowed buttons start a queue job sooner, or remove it until the ledger's sweeper adds it again.
 * All others are refused, including whatever a newer Bull Board brings.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  `${QUEUE}/retry/:queueStatus`,
  `${QUEUE}/:jobId/retry`,
  `${QUEUE}/promote`,
  `${QUEUE}/:jobId/promote`,
  `${QUEUE}/clean/:queueStatus`,
  `${QUEUE}/:jobId/clean`,
  `${QUEUE}/empty`,
  `${QUEUE}/resume`,
  '/api/queues/resume',
]);

/** `route`: of Bull Board's API, by its own name for it. */
function refusalText({ method, route }: { method: string; route: string }): string | undefined {
  if (method === 'get') return undefined;
  if (method === 'put' && HARMLESS.has(route)) return undefined;
  if (route.endsWith('/pause')) {
    return 'Pause a batch on its own page: a paused queue is visible nowhere else.';
  }
  if (/\/(concurrency|rate-limit|rate-limit\/release)$/.test(route)) {
    return 'Limits are settings of the workers: IMS_FERRY_MAX_IN_FLIGHT, IMS_FERRY_SUBMIT_RATE.';
  }
  return 'ims-ferry makes queue jobs from its ledger; they cannot be added or edited here.';
}
