import type { Simulator } from '../../simulator/start-simulator.ts';
import { rawServer } from './raw-server.ts';

type Alter = (listed: readonly unknown[]) => unknown;

/** A simulator whose lists of images are changed on their way. */
interface AlteredIms {
  /** For IMS_ENDPOINT. */
  readonly url: string;
  /** From now on. */
  alter(images: Alter): void;
}

export async function alteredIms(simulator: Simulator): Promise<AlteredIms> {
  let change: Alter = (listed) => listed;
  const { url } = await rawServer((request, response, body) => {
    const pass = async (): Promise<void> => {
      const { method = 'GET', url: path = '/' } = request;
      const answer = await fetch(`${simulator.url}${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          'x-auth-token': String(request.headers['x-auth-token'] ?? ''),
        },
        ...(method === 'POST' ? { body } : {}),
      });
      const date = answer.headers.get('date') ?? '';
      const headers = { 'content-type': 'application/json', date };
      const text = await answer.text();
      const isList = answer.status === 200 && path.startsWith('/v2/cloudimages?');
      response.writeHead(answer.status, headers).end(isList ? altered(text, change) : text);
    };
    pass().catch(() => response.destroy());
  });
  return {
    url,
    alter: (images) => {
      change = images;
    },
  };
}

function altered(text: string, change: Alter): string {
  const body = JSON.parse(text) as { readonly images: readonly unknown[] };
  return JSON.stringify({ ...body, images: change(body.images) });
}
