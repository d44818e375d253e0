import { describe, expect, test } from 'vitest';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import { openDashboard, type TestDashboard } from '../support/dashboard.ts';
import { manifestImages } from '../support/images.ts';
import { AT, admitted, readAs } from '../support/ledger-parts.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const REASON = { code: 'IMG.0044', message: 'broken' };
const FAILED = { type: 'refused', epoch: 1, at: 1100, reason: REASON } as const;

/** Images 1 and 2 have failed, 3 to 5 are pending. */
async function withImages(): Promise<TestDashboard> {
  const dashboard = await openDashboard(redis.client, { count: 5 });
  for (const index of [0, 1]) {
    await admitted(dashboard, index);
    await dashboard.ledger.change(dashboard.members[index] ?? '', FAILED, AT);
  }
  return dashboard;
}

const entryOf = async ({ ledger, members }: TestDashboard, index: number) => {
  const entry = await ledger.read(members[index] ?? '');
  if (!entry) throw new Error(`there is no image ${index}`);
  return entry;
};

/** Images in the state in which a page shows them now. */
async function selected(dashboard: TestDashboard, indexes: readonly number[]) {
  const entries = await Promise.all(indexes.map((index) => entryOf(dashboard, index)));
  return entries.map((entry) => ['on', `${entry.key}@${stateVersion(entry)}`] as const);
}

const query = (pairs: readonly (readonly [string, string])[]): string =>
  new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString();

/** What the only form of a confirmation sends. */
function formOf(page: string): Record<string, string | string[]> {
  const fields: Record<string, string[]> = {};
  for (const [, name = '', value = ''] of page.matchAll(/name="(\w+)" value="([^"]*)"/g)) {
    fields[name] = [...(fields[name] ?? []), value];
  }
  return fields;
}

async function statesOf(dashboard: TestDashboard): Promise<readonly string[]> {
  const entries = await Promise.all([0, 1, 2, 3, 4].map((index) => entryOf(dashboard, index)));
  return entries.map(({ state }) => state.status);
}

const ended = ({ logged }: TestDashboard) =>
  logged.filter(({ msg }) => msg === 'dashboard: action ended');

async function send(
  dashboard: TestDashboard,
  action: string,
  pairs: readonly (readonly [string, string])[],
) {
  const path = `/batches/spring/${action}`;
  const confirmation = (await dashboard.look(`${path}?selected=1&${query(pairs)}`)).body;
  const fields = formOf(confirmation);
  const count = ended(dashboard).length;
  const press = () => dashboard.pressAll(path, fields);
  return {
    confirmation,
    fields,
    press,
    endsAfter: () => until(() => ended(dashboard).length > count),
  };
}

describe('selected images', () => {
  test('are retried, and no others', async () => {
    const dashboard = await withImages();
    const { confirmation, press, endsAfter } = await send(
      dashboard,
      'retry',
      await selected(dashboard, [1]),
    );
    expect(confirmation).toContain('Retry 1 image');
    await press();
    await endsAfter();
    expect(await statesOf(dashboard)).toEqual([
      'failed',
      'pending',
      'pending',
      'pending',
      'pending',
    ]);
  });

  test('are cancelled where that can be done; the confirmation counts the others', async () => {
    const dashboard = await withImages();
    const { confirmation, press, endsAfter } = await send(
      dashboard,
      'cancel',
      await selected(dashboard, [0, 2, 3]),
    );
    expect(confirmation).toContain('Cancel 2 images');
    expect(confirmation).toContain('1 selected image is left out');
    await press();
    await endsAfter();
    expect(await statesOf(dashboard)).toEqual([
      'failed',
      'failed',
      'cancelled',
      'cancelled',
      'pending',
    ]);
    expect(ended(dashboard)[0]?.['outcome']).toBe('Cancelled: 2 images.');
  });

  test('are left alone once they have changed', async () => {
    const dashboard = await withImages();
    const { press, endsAfter } = await send(dashboard, 'retry', await selected(dashboard, [0, 1]));
    const key = dashboard.members[0] ?? '';
    // Somebody else retries it, and it fails again.
    await dashboard.ledger.change(key, { type: 'retry', at: 1 }, AT);
    const { guard } = dashboard;
    await guard.scanned(await guard.beginScan());
    await admitted(dashboard, 0);
    await dashboard.ledger.change(key, { ...FAILED, epoch: 2 }, AT);
    expect((await entryOf(dashboard, 0)).state.status).toBe('failed');
    await press();
    await endsAfter();
    expect((await entryOf(dashboard, 0)).attempt).toBe(2);
    expect((await entryOf(dashboard, 1)).attempt).toBe(2);
    expect(ended(dashboard)[0]?.['outcome']).toBe('Retry: 1 image enqueued again.');
  });

  test('act once, however often the same confirmation is sent', async () => {
    const dashboard = await withImages();
    const { press, endsAfter } = await send(dashboard, 'retry', await selected(dashboard, [0]));
    const answers = await Promise.all([press(), press(), press()]);
    await endsAfter();
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([303, 303, 303]);
    expect(ended(dashboard)).toHaveLength(1);
    expect((await entryOf(dashboard, 0)).attempt).toBe(2);
  });

  test.each(['retry', 'cancel', 'resolve'])(
    'where there are none, %s does nothing',
    async (action) => {
      const dashboard = await withImages();
      const before = await statesOf(dashboard);
      for (const given of ['', 'on=nonsense', 'on=x@y']) {
        const { body } = await dashboard.look(`/batches/spring/${action}?selected=1&${given}`);
        expect(body).not.toContain('<form');
      }
      await dashboard.press(`/batches/spring/${action}`, { selected: '1', decision: 'fail' });
      await dashboard.press(`/batches/spring/${action}`, { on: 'nonsense', decision: 'fail' });
      await until(() => action === 'resolve' || ended(dashboard).length === 2);
      expect(await statesOf(dashboard)).toEqual(before);
    },
  );

  test('of another batch are not touched', async () => {
    const dashboard = await withImages();
    const pairs = await selected(dashboard, [0]);
    await dashboard.batches.register('summer', manifestImages(7).slice(5), AT);
    await dashboard.press('/batches/summer/retry', Object.fromEntries(pairs));
    await until(() => ended(dashboard).length === 1);
    expect((await entryOf(dashboard, 0)).attempt).toBe(1);
  });
});

describe('a list of images', () => {
  test('has a box where something can be done, with the state that is shown', async () => {
    const dashboard = await withImages();
    const { body } = await dashboard.look('/batches/spring');
    const [failed] = await selected(dashboard, [0]);
    expect(body).toContain(`name="on" value="${failed?.[1]}" data-can="retry"`);
    expect(body.match(/data-can="cancel"/g)).toHaveLength(3);
    expect(body).not.toContain('data-does="resolve"');
  });

  test('has no boxes for a viewer who may not change anything', async () => {
    const { app } = await openDashboard(redis.client, { config: { hosts: [] } });
    const { body } = await app.inject({ url: '/batches/spring', headers: { host: '127.0.0.1' } });
    expect(body).not.toContain('type="checkbox"');
    expect(body).toContain('ims-ferry cancel spring');
  });
});

describe('a batch', () => {
  test('is cancelled as a whole: what is pending, and nothing else', async () => {
    const dashboard = await withImages();
    const { body } = await dashboard.look('/batches/spring');
    expect(body).toContain('Cancel 3 pending…');
    const page = (await dashboard.look('/batches/spring/cancel')).body;
    await dashboard.pressAll('/batches/spring/cancel', formOf(page));
    await until(() => ended(dashboard).length === 1);
    expect(await statesOf(dashboard)).toEqual([
      'failed',
      'failed',
      'cancelled',
      'cancelled',
      'cancelled',
    ]);
    expect((await dashboard.look('/batches/spring')).body).not.toContain('/batches/spring/cancel"');
  });

  test('is resolved for one code only', async () => {
    const dashboard = await openDashboard(redis.client, { count: 2 });
    for (const [index, code] of ['TIMEOUT', 'ECONNRESET'].entries()) {
      const key = dashboard.members[index] ?? '';
      await admitted(dashboard, index);
      const reason = { code, message: 'no answer' };
      await dashboard.ledger.change(key, { type: 'unclear', epoch: 1, at: 1100, reason }, AT);
      const of = await readAs(dashboard, key);
      await dashboard.ledger.change(key, { type: 'not-found', of, verdict: 'hold', at: 9000 }, AT);
    }
    const { body } = await dashboard.look('/batches/spring?state=held&code=TIMEOUT');
    expect(body).toContain('1 of 2 images');
    expect(body).toContain('<span class="words" title="TIMEOUT">No answer in time</span>');
  });
});
