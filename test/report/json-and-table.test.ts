import { expect, test } from 'vitest';
import { renderJson } from '../../src/producer/report/render-json.ts';
import { renderJunit } from '../../src/producer/report/render-junit.ts';
import { renderTable } from '../../src/producer/report/render-table.ts';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { widthOf } from '../../src/shared/text/layout.ts';
import { at, cancelled, entry, failed, reportOf, succeeded } from '../support/report-entries.ts';

test('JSON has a fixed shape, with null for what is not known', () => {
  const report = reportOf([succeeded('a'), failed('b'), cancelled('c')], { finishedAt: at(71) });
  const json = JSON.parse(renderJson(report));
  const { images, series, ...rest } = json;
  expect(rest).toEqual({
    version: 1,
    batch: 'spring',
    generated_at: '2026-03-01T09:32:00.000Z',
    outcome: 'troubled',
    paused: false,
    notify: null,
    retention: [],
    total: 3,
    counts: {
      pending: 0,
      submitting: 0,
      creating: 0,
      unknown: 0,
      held: 0,
      succeeded: 1,
      failed: 1,
      cancelled: 1,
    },
    began_at: '2026-03-01T09:30:00.000Z',
    ended_at: '2026-03-01T09:31:11.000Z',
    duration_ms: 71_000,
    succeeded_per_hour: 50.7,
    succeeded_per_minute: 0.85,
    waiting_ms: { count: 2, median: 10_000, p95: 10_000 },
    in_ims_ms: { count: 1, median: 60_000, p95: 60_000 },
    failures: [
      {
        state: 'failed',
        held: false,
        code: 'IMG.0057',
        message: 'no such object',
        advice: 'Check that the object exists.',
        count: 1,
        images: ['b'],
      },
    ],
    slowest: [{ key: images[0].key, name: 'a', state: 'succeeded', in_ims_ms: 60_000 }],
    sharing: { open: 0, done: 0, failed: 0 },
    differing: 0,
  });
  expect(images[1]).toEqual({
    key: `b${'0'.repeat(42)}`,
    name: 'b',
    kind: 'system',
    quick_import: false,
    state: 'failed',
    held: false,
    overdue: false,
    attempt: 1,
    polls: 3,
    registered_at: '2026-03-01T09:30:00.000Z',
    submitted_at: '2026-03-01T09:30:10.000Z',
    accepted_at: null,
    finished_at: '2026-03-01T09:30:11.000Z',
    waiting_ms: 10_000,
    in_ims_ms: null,
    job_id: null,
    image_id: null,
    error: {
      code: 'IMG.0057',
      message: 'no such object',
      advice: 'Check that the object exists.',
      request_id: 'req-7',
    },
    batch: 'spring',
    image_url: 'bucket:images/b.qcow2',
    os_version: null,
    sharing: null,
    differences: [],
    pruned_at: null,
    copy_of: null,
    copy_to: null,
    file: null,
  });
  expect(images[2]).toMatchObject({ state: 'cancelled', submitted_at: null, error: null });
  expect(series.interval_ms).toBe(1000);
  expect(series.points[11]).toEqual({
    from: '2026-03-01T09:30:11.000Z',
    succeeded: 0,
    failed: 1,
    most_in_flight: 1,
  });
});

test('the table has columns and ends with failures, advice and a summary', () => {
  const images = [succeeded('short'), failed('a-name-that-is-longer'), entry('c', {})];
  const lines = renderTable(reportOf(images)).split('\n');
  const column = lines[0]?.indexOf('NAME') ?? -1;
  expect(lines.slice(1, 4).map((line) => line.slice(column).split(' ')[0])).toEqual([
    'short',
    'a-name-that-is-longer',
    'c',
  ]);
  expect(lines.slice(4)).toEqual([
    '',
    '1 failed: IMG.0057: no such object',
    '  Check that the object exists.',
    '  a-name-that-is-longer',
    '',
    'Batch   spring',
    'Images  3: 1 succeeded, 1 failed, 1 pending',
    'Time    began 2026-03-01 09:30:00 UTC, not finished, 2m 00s',
    'Rate    0.5/min over the whole time',
    'Waited  median 10s, 95 % within 10s',
    'In IMS  median 1m 00s, 95 % within 1m 00s',
    '',
  ]);
});

test.each([60, 80, 120])(
  'on a terminal of %i columns no line of the table is longer',
  (columns) => {
    const long = succeeded('an-image-with-a-name-that-is-longer-than-a-quarter-of-this-terminal');
    const report = reportOf([long, failed('b'), succeeded('生产服务器')]);
    const [head = '', ...rows] = renderTable(report, columns).split('\n\n')[0]?.split('\n') ?? [];
    for (const line of [head, ...rows]) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    expect(head).toMatch(/^STATE +NAME .*IMAGE$/);
    expect(rows[1]).toMatch(/^failed +b .*IMG\.0057/);
  },
);

test('in a file the table has every column in full', () => {
  const [head = '', row = ''] = renderTable(reportOf([succeeded('a')])).split('\n');
  for (const title of ['TRY', 'OS', 'SOURCE', 'FINISHED (UTC)']) expect(head).toContain(title);
  expect(row).toContain('bucket:images/a.qcow2');
});

test('images that are not as requested, or not shared with all projects, are listed above the summary', () => {
  const image = succeeded('web');
  const members = { aa: { status: 'accepted' }, bb: { status: 'pending' } } as const;
  const differences = [{ field: 'min_disk', wanted: '40', is: '50' }];
  const state = { status: 'succeeded', imageId: 'i', differences } as const;
  const request = { ...image.request, members: ['aa', 'bb'] };
  const sharing = { state: 'open', checks: 1, members } as const;
  const report = reportOf([succeeded('plain'), { ...image, state, request, sharing }]);
  const text = renderTable(report);
  const lines = [
    '1 not as requested',
    '  web: min_disk is 50, not 40',
    '1 not shared with all projects yet',
    '  web: shared with 1 of 2 projects; waiting for acceptance of bb',
    '',
    'Batch   spring',
    'Images  2: 2 succeeded; 1 being shared; 1 not as requested',
  ];
  expect(text).toContain(lines.join('\n'));
  for (const columns of [60, 80, 120]) {
    const wide = renderTable(report, columns).split('\n');
    for (const line of wide) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  }
  expect(JSON.parse(renderJson(report)).images[1]).toMatchObject({
    differences,
    sharing: { state: 'open', shared: 1, total: 2, problem: null },
  });
});

test('a name cannot steer the terminal', () => {
  const text = renderTable(
    reportOf([failed('\u001b[2Jevil', { code: '\u001b]0;x', message: 'a\nb' })]),
  );
  expect(text).not.toContain('\u001b');
  expect(text).toContain('\\u001b[2Jevil');
  expect(text).toContain('a\\u000ab');
});

test('who is notified of the batch is named', () => {
  const report = reportOf([succeeded('a')], { notify: 'ops' });
  expect(renderTable(report, 80)).toMatch(/^Notify {2}ops$/m);
  expect(JSON.parse(renderJson(report)).notify).toBe('ops');
});

test('a failed copy is named with the cloud that it goes to, beside its name in JSON', () => {
  const to = { cloud: 'otc-nl', agency: 'a' };
  const source = failed('vm', { code: 'SOURCE_FAILED', message: 'its source failed' });
  const request = {
    ...source.request,
    kind: 'copy',
    source: 's',
    of: 'system',
    to,
  } as ImageRequest;
  const report = reportOf([{ ...source, request }]);
  expect(renderTable(report).split('\n')).toContain('  vm → otc-nl');
  expect(JSON.parse(renderJson(report)).failures).toMatchObject([{ images: ['vm'] }]);
  expect(renderJunit(report)).toContain('name="vm → otc-nl"');
});
