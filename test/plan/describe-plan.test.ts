import { expect, test } from 'vitest';
import { planSummary } from '../../src/producer/plan/describe-plan.ts';
import type { Plan, PlannedImage, PlannedTime } from '../../src/producer/plan/plan.ts';
import { PLAN_WORDS, type PlanWord } from '../../src/producer/plan/plan-image.ts';

const MINUTE = 60_000;
const TIME: PlannedTime = {
  about_ms: 190 * MINUTE,
  plus_minus_ms: 25 * MINUTE,
  in_flight: 30,
  ahead: 0,
};

function plan(fields: Partial<Plan> = {}): Plan {
  const none = PLAN_WORDS.map((word) => [word, 0]);
  const counts = { ...Object.fromEntries(none), create: 5 } as Record<PlanWord, number>;
  return {
    ...{ counts, quota: null, time: TIME, stopped: null, not_checked: [], images: [] },
    ...{ notify: [], retention: [] },
    tasks: { in_flight: 0, limit: 30, tenant_limit: 40 },
    ...fields,
  };
}

const IMAGE: PlannedImage = {
  ...{ file: 'f', line: 1, batch: 'b', key: 'k', name: 'n', kind: 'system', image_url: 'b:n' },
  ...{ copy_of: null, copy_to: null, verdict: 'create', ok: true, differs: [], updates: [] },
  ...{ cannot_change: [], image_id: null, source: null, notes: [], members: [] },
  min_disk: 40,
};

const textOf = (fields: Partial<Plan>, columns = Number.POSITIVE_INFINITY): string =>
  planSummary(plan(fields), columns).join('\n');

test.each([
  { what: 'hours', time: TIME, says: 'about 3 h 10 min (± 25 min) at 30 in flight' },
  { what: 'minutes', time: { ...TIME, about_ms: 59.4 * MINUTE }, says: 'about 59 min' },
  {
    what: 'a rounded hour',
    time: { ...TIME, about_ms: 59.6 * MINUTE },
    says: 'about 1 h (± 25 min)',
  },
  { what: 'seconds', time: { ...TIME, about_ms: 12_000 }, says: 'about 1 min' },
  { what: 'nothing learned', time: null, says: 'not known yet' },
  { what: 'others', time: { ...TIME, ahead: 1 }, says: 'after 1 image pending before these' },
])('the time is in words: $what', ({ time, says }) => {
  expect(textOf({ time })).toContain(says);
});

test('where nothing would be created there is no time', () => {
  const { counts } = plan();
  expect(textOf({ counts: { ...counts, create: 0, imported: 5 } })).not.toContain('Time');
});

test('a full quota shows what it lacks, and the images that wait for it besides', () => {
  const quota = { used: 50, quota: 50, free: 0, needs: 0, waiting: 49 };
  expect(textOf({ quota })).toContain('0 of 50 free (50 used), 0 needed; 49 other images pending');
  const short = textOf({ quota: { ...quota, needs: 3 } });
  expect(short).toContain('3 images short: delete images, or request a larger quota');
});

test('a limit above that of IMS is a warning', () => {
  const tasks = { in_flight: 2, limit: 41, tenant_limit: 40 };
  expect(textOf({ tasks })).toContain('Warning: IMS refuses more than 40 per tenant');
  expect(textOf({})).not.toContain('Warning');
});

test('on a terminal the lines are broken below their text', () => {
  const lines = textOf({ not_checked: ['quota: '.padEnd(200, 'x y ')] }, 60).split('\n');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  expect(lines.at(-1)).toMatch(/^ {13}\S/);
});

test('whom the manifests notify, and what prune would keep', () => {
  const rules = ['a-*', 'b-*', 'c-*', 'd-*', 'e-*', 'f-*', 'g-*'];
  const retention = rules.map((family, at) => ({ family, keep_last: at + 1 }));
  const text = textOf({ notify: ['ops'], retention });
  expect(text).toMatch(/^Notified +ops, besides the default target$/m);
  expect(text).toMatch(
    /^Retention +prune keeps the newest of a-\*, .* 5 of e-\*, and 2 other families;/m,
  );
  expect(textOf({})).not.toMatch(/Notified|Retention|Copies/);
});

test('copies are counted by where they go', () => {
  const copy = (copy_to: string | null) => ({ ...IMAGE, kind: 'copy', copy_to }) as const;
  const text = textOf({ images: [IMAGE, copy(null), copy('otc-nl'), copy('otc-nl')] });
  expect(text).toMatch(/^Copies +3, each made after its image: 1 encrypted, 2 to otc-nl$/m);
});
