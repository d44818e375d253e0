import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

interface ConnectProxy {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** What was requested, `host:port`, in order. */
  readonly asked: readonly string[];
  /** Cuts every open tunnel. */
  cut(): void;
}

interface ProxyManner {
  /** Where every tunnel leads, whatever host is requested. */
  readonly to: string;
  /** `user:password` that it wants. */
  readonly login?: string;
  /** Answers CONNECT with this instead; 0: never. */
  readonly status?: number;
}

/** A proxy that knows CONNECT only, and ends with its test. */
export async function connectProxy({ to, login, status }: ProxyManner): Promise<ConnectProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Socket) => {
    open.add(client.on('error', () => undefined));
    asked.push(request.url ?? '');
    const wanted = login && `Basic ${Buffer.from(login).toString('base64')}`;
    if (status === 0) return;
    if (wanted && request.headers['proxy-authorization'] !== wanted) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    } else if (status !== undefined) {
      client.end(`HTTP/1.1 ${status} canary of the proxy\r\n\r\n`);
    } else {
      const { hostname, port } = new URL(to);
      const upstream = connect(Number(port), hostname.replace(/^\[|\]$/g, ''), () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      open.add(upstream.on('error', () => client.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return { url: `http://127.0.0.1:${address.port}`, asked, cut };
}
