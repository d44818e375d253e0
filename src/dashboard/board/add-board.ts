import { createBullBoard } from '@bull-board/api';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import type { BoardDeps } from './board-deps.ts';
import { refusalOf } from './board-rules.ts';
import { ImageAdapter } from './image-adapter.ts';

/** What Bull Board's page needs: its own files, and the styles that it writes into its elements. */
const QUEUES_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

/** Fonts from elsewhere: the policy refuses them, and who looks on shall not be told of to others. */
const FOREIGN_LINKS = /<link\b[^>]*\bhref="https?:[^>]*>/g;

const PATH = '/queues';
const POLL_SECONDS = 5;

/** Bull Board with both queues at `/queues`. */
export async function addBoard(app: FastifyInstance, deps: BoardDeps): Promise<void> {
  const serverAdapter = new FastifyAdapter();
  serverAdapter.setBasePath(deps.at.of(PATH));
  const { submit, poll } = deps.queues;
  const queues = [
    new ImageAdapter(deps, submit, {
      displayName: 'Submit',
      description: 'Images that wait for their create',
    }),
    new ImageAdapter(deps, poll, {
      displayName: 'Poll',
      description: 'Images that IMS works on, each with a delay until it is asked for',
    }),
  ];
  createBullBoard({
    queues,
    serverAdapter,
    options: {
      handlerHooks: { before: async ({ method, route }) => allowed(method, route) },
      uiConfig: {
        boardTitle: 'ims-ferry',
        boardLogo: { path: deps.at.of('/assets/icon.svg') },
        favIcon: {
          default: deps.at.of('/assets/icon.svg'),
          alternative: deps.at.of('/assets/icon.svg'),
        },
        miscLinks: [{ text: 'Batches', url: deps.at.of('/') }],
        hideDocsLink: true,
        hideRedisDetails: true,
        pollingInterval: { showSetting: false, forceInterval: POLL_SECONDS },
        // One CLIENT LIST less at every look.
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
      return isPage && typeof payload === 'string' ? payload.replace(FOREIGN_LINKS, '') : payload;
    });
    scope.addHook('onResponse', async ({ method, url, ferryUser }, { statusCode }) => {
      if (method === 'GET' || method === 'HEAD') return;
      deps.audit({ user: ferryUser, action: `${method} ${url.split('?')[0]}`, status: statusCode });
    });
    await scope.register(serverAdapter.registerPlugin(), { prefix: PATH });
  });
}

function allowed(
  method: string,
  route: string,
): { allow: false; status: 403; message: string } | undefined {
  const message = refusalOf({ method, route });
  return message === undefined ? undefined : { allow: false, status: 403, message };
}
