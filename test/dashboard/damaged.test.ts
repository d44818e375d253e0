import { expect, test } from 'vitest';
import { openDashboard } from '../support/dashboard.ts';
import { AT, admitted, KEYS } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const TIMES = ['submitted_at', 'accepted_at', 'finished_at', 'registered_at'];

test.each(['x', '1e400', '9e15', '-5', ''])(
  'every page opens where times of the ledger were overwritten with %j',
  async (value) => {
    const dashboard = await openDashboard(redis.client, { count: 2 });
    const { ledger, members } = dashboard;
    for (const index of [0, 1]) await admitted(dashboard, index);
    const [creating = '', failed = ''] = members;
    await ledger.change(creating, { type: 'accepted', epoch: 1, jobId: 'j', at: 1000 }, AT);
    const reason = { code: 'IMG.0044', message: 'm' };
    await ledger.change(failed, { type: 'refused', epoch: 1, at: 1100, reason }, AT);
    const damage = Object.fromEntries(TIMES.map((name) => [name, value]));
    for (const key of members) await redis.client.hset(KEYS.import(key), damage);
    await redis.client.hset(KEYS.batch('spring'), { created_at: value, finished_at: value });
    await redis.client.hset(KEYS.history, { last: value, gaps: `${value} ${value};` });
    const reports = ['', '/csv', '/json'].map((format) => `/reports/spring${format}`);
    const images = members.map((key) => `/batches/spring/images/${key}`);
    for (const path of ['/', '/batches/spring', ...images, ...reports]) {
      const { statusCode, body } = await dashboard.look(path);
      const shown = body.replaceAll(/<script[\s\S]*?<\/script>/g, '');
      expect([path, statusCode, /.{20}(?:NaN|Infinity|undefined)/.exec(shown)?.[0]]).toEqual([
        path,
        200,
        undefined,
      ]);
    }
  },
);
