import type { FastifyRequest } from 'fastify';

export function queryOf({ query }: FastifyRequest): Readonly<Record<string, unknown>> {
  return query as Record<string, unknown>;
}

export function paramOf({ params }: FastifyRequest, name: string): string {
  return (params as Readonly<Record<string, string>>)[name] ?? '';
}

/** A field of a form that was sent. */
export function fieldOf({ body }: FastifyRequest, name: string): string | undefined {
  return body instanceof URLSearchParams ? (body.get(name) ?? undefined) : undefined;
}
