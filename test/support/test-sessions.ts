import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import type { Sessions } from '../../src/shared/cloud/session/session.ts';
import { createSessions } from '../../src/shared/cloud/session/sessions.ts';
import type { CloudConfig } from '../../src/shared/config/cloud/cloud-config.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { type Clock, systemClock } from '../../src/shared/runtime/clock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import { passwordCloud } from './cloud-config.ts';

const KEY = randomBytes(32);

export interface SessionsAt {
  readonly redis?: Redis;
  readonly clock?: Clock;
  readonly cloud?: Partial<CloudConfig>;
  readonly password?: string;
}

/** What a process has that logs in to this IAM as the user of the simulator. */
export function testSessions(redis: Redis, authUrl: string, at: SessionsAt = {}): Sessions {
  const http = createHttp({ clock: systemClock, allowHttp: false });
  onTestFinished(() => http.close());
  return createSessions({
    http,
    redis: at.redis ?? redis,
    prefix: '{test}:token:',
    clock: at.clock ?? systemClock,
    random: systemRandom,
    log: silentLogger(),
    config: { tokenKey: KEY },
    cloud: passwordCloud(
      {
        username: 'demo',
        password: at.password ?? 'demo-password',
        domain: 'OTC00000000001000000001',
      },
      { project: { name: 'eu-de_demo' }, ...at.cloud, authUrl },
    ),
  });
}

/** A clock that the test moves; waiting takes no time. */
export function movedClock() {
  const time = { now: 1_000_000 };
  const now = (): number => time.now;
  const sleep = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { time, clock: { now, monotonic: now, sleep } satisfies Clock };
}
