import { expect, test } from 'vitest';
import { leadSection } from '../../src/dashboard/pages/image-lead.ts';
import { renderHtml } from '../../src/producer/report/html/render-html.ts';
import { renderJson } from '../../src/producer/report/render-json.ts';
import { renderTable } from '../../src/producer/report/render-table.ts';
import { parseRetention, retentionRows } from '../../src/shared/image/retention.ts';
import { widthOf } from '../../src/shared/text/layout.ts';
import { imageRow } from '../../src/ui/image-row.ts';
import { retentionText, rulesFor } from '../../src/ui/retention-words.ts';
import { imageRequest } from '../support/images.ts';
import { reportOf, succeeded } from '../support/report-entries.ts';

const THREE = { family: 'debian-12-*', keep_last: 3 };
const ONE = { family: '*-a', keep_last: 1 };
/** What no manifest can have, as the ledger may have it from elsewhere. */
const HOSTILE = [
  { family: '<script>window.pwned=1</script>', keep_last: 2 },
  { family: `${'x'.repeat(254)}*`, keep_last: 10_000 },
  { family: '\u001b[2J\u202e*', keep_last: 1 },
];
const MANY = Array.from({ length: 100 }, (_, at) => ({ family: `f${at}-*`, keep_last: 1 }));

test('the rules of a batch are in its report', () => {
  const report = reportOf([succeeded('a')], { retention: [THREE, ONE] });
  expect(renderTable(report)).toMatch(
    /^Prune {3}keeps the newest 3 of debian-12-\*, the newest of \*-a$/m,
  );
  expect(JSON.parse(renderJson(report)).retention).toEqual([THREE, ONE]);
  expect(renderHtml(report)).toContain(
    '<dt>Retention</dt><dd><bdi>prune keeps the newest 3 of debian-12-*, the newest of *-a</bdi>',
  );
  const none = reportOf([succeeded('a')]);
  expect(JSON.parse(renderJson(none)).retention).toEqual([]);
  expect(renderTable(none)).not.toContain('Prune');
  expect(renderHtml(none)).not.toContain('Retention');
});

/** Of a terminal or a page: nothing that steers it. */
function expectHarmless(text: string): void {
  expect(text).not.toContain('\u001b');
  expect(text).not.toContain('\u202e');
  expect(text).not.toContain('<script>window');
}

test.each([60, 80, 120])('very many rules are a few lines of %i columns', (columns) => {
  const report = reportOf([succeeded('a')], { retention: MANY });
  const text = renderTable(report, columns);
  const summary = text.slice(text.indexOf('\nPrune')).split('\n');
  expect(summary.join(' ')).toMatch(/f4-\*, and 95 +other families/);
  for (const line of summary) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  expect(renderHtml(report)).toContain('f4-*, and 95 other families</bdi>');
  expect(JSON.parse(renderJson(report)).retention).toEqual(MANY);
});

test('hostile rules steer neither a terminal nor a page', () => {
  const report = reportOf([succeeded('a')], { retention: HOSTILE });
  const text = renderTable(report, 80).replaceAll('<script>', '');
  for (const one of [text, renderHtml(report)]) {
    expectHarmless(one);
    expect(one).toContain('x'.repeat(254));
  }
  const entry = { ...succeeded('a'), request: imageRequest('<script>window.pwned=1</script>') };
  const of = { notify: '<script>window', retention: [...HOSTILE, { family: '*', keep_last: 1 }] };
  const page = leadSection(entry, imageRow(entry, 0), { of }).text;
  expectHarmless(page);
  expect(page).toContain('&lt;script&gt;window</bdi>');
  expect(page).toContain('prune keeps the newest 2 of &lt;script&gt;');
});

test('an image has the rules whose family its name is of', () => {
  const rows = [THREE, ONE, { family: 'web-?', keep_last: 2 }];
  expect(rulesFor({ name: 'debian-12-a', copyTo: undefined }, rows)).toEqual([THREE, ONE]);
  expect(rulesFor({ name: 'web-10', copyTo: undefined }, rows)).toEqual([]);
  expect(rulesFor({ name: 'web-1', copyTo: undefined })).toEqual([]);
  // Its image is in the other cloud, whose images prune does not list.
  expect(rulesFor({ name: 'debian-12-a', copyTo: 'otc-nl' }, rows)).toEqual([]);
});

test.each([undefined, '', '[', '{}', '[{"family":1,"keep_last":1}]', '[{"family":"a"}]', 'null'])(
  'of %j in the ledger nothing is known',
  (text) => expect(parseRetention(text)).toBeUndefined(),
);

test('rules are read as they were written', () => {
  const rows = retentionRows([{ family: 'a-*', keepLast: 1200 }]);
  expect(parseRetention(JSON.stringify(rows))).toEqual(rows);
  expect(retentionText(rows)).toBe('the newest 1,200 of a-*');
});
