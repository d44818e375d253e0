import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

interface RawServer {
  readonly url: string;
  /** Every request that arrived, with its body. */
  readonly seen: { readonly method: string; readonly headers: IncomingMessage['headers'] }[];
  /** How many connections were opened. */
  connections(): number;
}

/** A server that does with each request exactly what the test says. */
export async function rawServer(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<RawServer> {
  const seen: RawServer['seen'] = [];
  let connections = 0;
  const server = createServer({ maxHeaderSize: 131_072 }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      seen.push({ method: request.method ?? '', headers: request.headers });
      answer(request, response, body);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, seen, connections: () => connections };
}
