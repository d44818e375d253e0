import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Notification } from '../../src/shared/notify/notification.ts';

/** A request that reached the receiver: it is the judge of what was delivered. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly notification: Notification;
}

/** How it answers the nth request, from 0. Without one: 200. */
type Answer = (response: ServerResponse, nth: number) => void;

/** A receiver of notifications on this machine; it ends with its test. */
export async function receiver(answer: Answer = (response) => void response.end('ok')) {
  const log: Received[] = [];
  const control = { answer };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const notification: Notification = JSON.parse(body);
    log.push({ path: request.url ?? '', headers: request.headers, body, notification });
    control.answer(response, log.length - 1);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${port}/hook/xoxb-secret-part-of-the-address`,
    host: `127.0.0.1:${port}`,
    log,
    /** Changes how it answers. */
    answer: (next: Answer) => {
      control.answer = next;
    },
    of: (type: string) => log.filter(({ notification }) => notification.type === type),
    /** How often each event was delivered, by its id. */
    ids: () => {
      const counts = new Map<string, number>();
      for (const { notification } of log) {
        counts.set(notification.id, (counts.get(notification.id) ?? 0) + 1);
      }
      return counts;
    },
  };
}

/** Settings that let a worker notify a receiver on this machine. */
export function notifyEnv(url: string): Readonly<Record<string, string>> {
  return { IMS_FERRY_NOTIFY_URL: url, IMS_FERRY_NOTIFY_ALLOW_PRIVATE: '1' };
}
