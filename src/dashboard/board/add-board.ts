import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import type { Queues } from '../../shared/queues/queues.ts';

/** What Bull Board's page needs: its own files, and the styles that it writes into its elements. */
const QUEUES_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

export interface BoardDeps {
  readonly queues: Queues;
}

/** Bull Board with both queues at `/queues`. */
export async function addBoard(
  app: FastifyInstance,
  { queues: { submit, poll } }: BoardDeps,
): Promise<void> {
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
