import { expect, test } from 'vitest';
import { openDashboard, type TestDashboard } from '../support/dashboard.ts';
import { AT, admitted, readAs } from '../support/ledger-parts.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const NO_ANSWER = { code: 'TIMEOUT', message: 'no answer' };

/** A cloud whose image list is empty. */
const CLOUD = {
  sessions: { get: async () => ({ projectId: 'p-1' }) },
  ims: { images: async () => ({ kind: 'ok', value: [], serverTime: 1000 }) },
} as never;

async function hold(dashboard: TestDashboard, index: number, epoch = 1): Promise<void> {
  const { ledger, members } = dashboard;
  const key = members[index] ?? '';
  await admitted(dashboard, index);
  const unclear = { type: 'unclear', epoch, at: 1100, reason: NO_ANSWER } as const;
  await ledger.change(key, unclear, AT);
  const of = await readAs(dashboard, key);
  await ledger.change(key, { type: 'not-found', of, verdict: 'hold', at: 9000 }, AT);
}

async function statesOf({ ledger, members }: TestDashboard) {
  const entries = await ledger.readMany(members);
  return entries.map(({ state }) => ('held' in state && state.held ? 'held' : state.status));
}

/** The fields of the form that makes this decision, as the page sends them. */
function formOf(page: string, decision: string): Record<string, string | string[]> {
  const [form = ''] = page.split('</form>').filter((one) => one.includes(`value="${decision}"`));
  const fields: Record<string, string[]> = {};
  for (const [, name = '', value = ''] of form.matchAll(/name="(\w+)" value="([^"]*)"/g)) {
    fields[name] = [...(fields[name] ?? []), value];
  }
  return fields;
}

const ended = ({ logged }: TestDashboard) =>
  logged.filter(({ msg }) => msg === 'dashboard: action ended');

test('what is held since the confirmation was opened is not decided by it', async () => {
  const dashboard = await openDashboard(redis.client, { count: 3, cloud: CLOUD });
  await hold(dashboard, 0);
  const page = (await dashboard.look('/batches/spring/resolve')).body;
  expect(page).toContain('Give up on 1 held image');
  await hold(dashboard, 1);
  await dashboard.pressAll('/batches/spring/resolve', formOf(page, 'fail'));
  await until(() => ended(dashboard).length === 1);
  expect(await statesOf(dashboard)).toEqual(['failed', 'held', 'pending']);
});

test('a decision on one image does not hold for a later create of it', async () => {
  const dashboard = await openDashboard(redis.client, { count: 1, cloud: CLOUD });
  await hold(dashboard, 0);
  const path = `/batches/spring/images/${dashboard.members[0]}/resolve`;
  const page = (await dashboard.look(path)).body;
  // Somebody else gives it up and retries it, and the new create is held as well.
  const { ledger, guard, members } = dashboard;
  const key = members[0] ?? '';
  const of = await readAs(dashboard, key);
  const gaveUp = { type: 'resolved', of, verdict: 'fail', reason: NO_ANSWER, at: 9100 } as const;
  await ledger.change(key, gaveUp, AT);
  await ledger.change(key, { type: 'retry', at: 9200 }, AT);
  await guard.scanned(await guard.beginScan());
  await hold(dashboard, 0, 2);
  expect(await statesOf(dashboard)).toEqual(['held']);
  await dashboard.pressAll(path, formOf(page, 'fail'));
  await until(() => ended(dashboard).length === 1);
  expect(await statesOf(dashboard)).toEqual(['held']);
  expect(ended(dashboard)[0]?.['outcome']).toBe('No images were held any more.');
});
