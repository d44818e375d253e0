import { afterAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { createImsClient } from '../../src/shared/cloud/ims/ims-client.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { cloud } from '../support/cloud.ts';
import { tokenIn } from '../support/cloud-config.ts';
import { rawServer } from '../support/raw-server.ts';
import { movedClock, testSessions } from '../support/test-sessions.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const http = createHttp({ clock: systemClock, allowHttp: false });

afterAll(() => http.close());

describe('a token that a gateway refuses with a page of its own', () => {
  /** An IMS behind a gateway that knows good tokens from others. */
  async function behindGateway(isGood: (token: string) => boolean) {
    const simulator = await cloud({});
    const body = JSON.stringify({ images: [] });
    const gateway = await rawServer((request, response) => {
      const token = String(request.headers['x-auth-token'] ?? '');
      if (isGood(token)) response.writeHead(200).end(body);
      else response.writeHead(401, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>');
    });
    const { time, clock } = movedClock();
    const at = { clock, cloud: { imsEndpoint: gateway.url } };
    const sessions = testSessions(server.client, `${simulator.url}/v3`, at);
    const ims = createImsClient({ http, sessions, jobApi: 'project' });
    return { simulator, sessions, ims, time };
  }

  test('is renewed once it is a minute old', async () => {
    let expired: string | undefined;
    const { simulator, sessions, ims, time } = await behindGateway((token) => token !== expired);
    expired = tokenIn(await sessions.get());
    expect((await ims.images({})).kind).toBe('failed');
    expect(simulator.stats.logins).toBe(1);
    time.now += 60_000;
    expect((await ims.images({})).kind).toBe('ok');
    expect(simulator.stats.logins).toBe(2);
  });

  test('is renewed once a minute at most where every token is refused', async () => {
    const { simulator, ims, time } = await behindGateway(() => false);
    for (let second = 0; second < 300; second += 10) {
      expect(await ims.images({})).toMatchObject({ kind: 'failed', foreign: true });
      time.now += 10_000;
    }
    expect(simulator.stats.logins).toBeLessThanOrEqual(6);
  });
});
