import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a Redis that makes it seem to know `WAITAOF`, and answers it as a test sets. */
interface WaitAofProxy {
  readonly url: string;
  /** What is reported about the disk. @default true */
  isOnDisk: boolean;
  /** The next `WAITAOF` breaks its connection; it is sent again over another one. */
  breaksNext: boolean;
  /** How often a write was to be confirmed; checks of support do not count. */
  asked: number;
}

const QUESTION = /\r\nwaitaof\r\n\$1\r\n1\r\n\$1\r\n0\r\n\$\d+\r\n(\d+)\r\n$/i;

export async function waitAofProxy(redisUrl: string): Promise<WaitAofProxy> {
  const { hostname, port } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => [client, upstream].map((one) => one.destroy()));
    }
    upstream.pipe(client);
    let rest = '';
    client.setEncoding('latin1').on('data', (text: string) => {
      const { whole, left } = split(rest + text);
      rest = left;
      if (proxy.breaksNext && whole.some((command) => QUESTION.test(command))) {
        proxy.breaksNext = false;
        client.destroy();
        return;
      }
      upstream.write(whole.map((command) => answered(command, proxy)).join(''), 'latin1');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const its = typeof address === 'object' ? address?.port : undefined;
  const proxy = { url: `redis://127.0.0.1:${its}`, isOnDisk: true, breaksNext: false, asked: 0 };
  return proxy;
}

/** The same command, or one that Redis answers as it would answer `WAITAOF`. */
function answered(command: string, proxy: WaitAofProxy): string {
  const [, timeoutMs] = QUESTION.exec(command) ?? [];
  if (timeoutMs === undefined) return command;
  const isProbe = timeoutMs === '1';
  if (!isProbe) proxy.asked += 1;
  return `EVAL "return {${isProbe || proxy.isOnDisk ? 1 : 0}, 0}" 0\r\n`;
}

/** Commands of the Redis protocol that have come whole. */
function split(text: string): { readonly whole: readonly string[]; readonly left: string } {
  const whole: string[] = [];
  let start = 0;
  for (;;) {
    const end = endOf(text, start);
    if (end === undefined) return { whole, left: text.slice(start) };
    whole.push(text.slice(start, end));
    start = end;
  }
}

function endOf(text: string, start: number): number | undefined {
  const head = /^\*(\d+)\r\n/.exec(text.slice(start, start + 20));
  if (!head) return undefined;
  let at = start + head[0].length;
  for (let left = Number(head[1]); left > 0; left -= 1) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20));
    if (!size) return undefined;
    at += size[0].length + Number(size[1]) + 2;
  }
  return at <= text.length ? at : undefined;
}
