import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { checkRedis } from '../../src/shared/redis/check-redis.ts';

/** Answers INFO with this text and refuses everything else, as a managed server may. */
async function serverThatTells(info: string): Promise<Redis> {
  const bulk = `$${Buffer.byteLength(info)}\r\n${info}\r\n`;
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        for (const command of String(data).split(/(?=\*\d+\r\n)/)) {
          if (/\$4\r\ninfo/i.test(command)) socket.write(bulk);
          else
            socket.write(/\$6\r\nconfig/i.test(command) ? '-ERR unknown command\r\n' : '+OK\r\n');
        }
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const client = new Redis(port, '127.0.0.1', { enableReadyCheck: false });
  client.on('error', () => undefined);
  onTestFinished(() => {
    client.disconnect();
    server.close();
  });
  return client;
}

const SOUND = 'role:master\r\naof_enabled:1\r\nmaxmemory_policy:noeviction\r\n';

test('Valkey is accepted by the version of Redis that it reports', async () => {
  const info = `redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n${SOUND}`;
  expect(await checkRedis(await serverThatTells(info))).toEqual([]);
});

test.each(['6.0.16', '5.0.7', '3.2.12'])('version %s is refused with one line', async (version) => {
  const client = await serverThatTells(`redis_version:${version}\r\n${SOUND}`);
  await expect(checkRedis(client)).rejects.toThrow(`Redis is version ${version}.`);
});

test.each(['6.2.0', '7.0.15', '8.2.1'])('version %s is taken', async (version) => {
  const client = await serverThatTells(`redis_version:${version}\r\n${SOUND}`);
  expect(await checkRedis(client)).toEqual([]);
});
