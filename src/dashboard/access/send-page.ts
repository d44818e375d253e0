import type { FastifyReply } from 'fastify';
import { PAGE_POLICY } from '../pages/page-frame.ts';

export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  reply.header('content-security-policy', PAGE_POLICY);
  return reply.type('text/html; charset=utf-8').send(reply.server.ferryBase.inPage(html));
}
