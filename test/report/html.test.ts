import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readReport } from '../../src/producer/report/build-report.ts';
import { renderApart } from '../../src/producer/report/html/render-apart.ts';
import { renderHtml } from '../../src/producer/report/html/render-html.ts';
import type { BatchSummary } from '../../src/shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import {
  at,
  BEGAN,
  cancelled,
  entry,
  failed,
  held,
  reportOf,
  succeeded,
} from '../support/report-entries.ts';

const TIMEOUT = { code: 'TIMEOUT', message: 'no answer' };

/** One image in each state, with this text wherever a manifest or a cloud can put one. */
function everywhere(text: string): string {
  const reason = { code: text, message: text, advice: text, requestId: text };
  const creating = { status: 'creating', since: at(11), jobId: text, imageId: text } as const;
  const done = { status: 'succeeded', imageId: text, jobId: text } as const;
  const images: LedgerEntry[] = [
    { ...succeeded('a'), state: done },
    succeeded('b', 10),
    failed('c', reason),
    held('d', reason),
    cancelled('e'),
    entry('f', { submittedAt: at(10), acceptedAt: at(11), state: creating }),
    entry('g', { state: { status: 'pending', lastReason: reason } }),
  ];
  const named = images.map((one) => ({ ...one, request: { ...one.request, name: text } }));
  return renderHtml(reportOf(named, { batch: text }));
}

/** Names of elements and attributes, in order; scripts and styles have none. */
function structure(page: string): readonly string[] {
  const markup = page.replace(/(<(script|style)\b[^>]*>).*?(<\/\2>)/gs, '$1$3');
  return [...markup.matchAll(/<(?:"[^"]*"|[^">])*>/g)].map(([tag]) =>
    tag.replace(/="[^"]*"/g, '='),
  );
}

function dataOf(page: string): { rows: unknown[][]; errors: string[][] } {
  const [, json = ''] =
    /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? [];
  return JSON.parse(json);
}

describe('nothing from a manifest or a cloud is markup', () => {
  test.each([
    '</script><img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '<!--<script>',
    '</title></style></textarea><b>',
    '&lt;b&gt; &amp; \u2028 `y`',
    'שלום-image',
  ])('%s', (text) => {
    const page = everywhere(text);
    expect(structure(page)).toEqual(structure(everywhere('plain')));
    const { rows, errors } = dataOf(page);
    const shown = text.replaceAll('\u2028', '\\u2028');
    expect(rows).toHaveLength(7);
    for (const [name] of rows) expect(name).toBe(shown);
    expect(errors).toContainEqual([shown, shown, shown]);
  });

  test('marks that turn the direction of a text are seen, not obeyed', () => {
    const page = everywhere('image\u202egpj.exe');
    expect(page).not.toContain('\u202e');
    expect(page).toContain('image\\u202egpj.exe');
  });
});

describe('the policy of the page', () => {
  const page = everywhere('plain');
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const rules = new Map(
    policy
      .replaceAll('&#39;', "'")
      .split('; ')
      .map((rule) => [rule.slice(0, rule.indexOf(' ')), rule.slice(rule.indexOf(' ') + 1)]),
  );
  const hashes = (element: string): string[] =>
    [...page.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))].map(
      ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
    );

  test('allows its own style and scripts by their hashes, and nothing else', () => {
    expect(rules.get('default-src')).toBe("'none'");
    expect(rules.get('style-src')).toBe(hashes('style').join(' '));
    expect(rules.get('script-src')).toBe(hashes('script').join(' '));
    expect(hashes('script')).toHaveLength(2);
  });

  test('is kept: no inline style, no handler, nothing loaded', () => {
    for (const tag of structure(page)) expect(tag).not.toMatch(/\s(?:style|on\w+|src|action)=/);
    expect(page.match(/href="(?!#|data:,")[^"]*"/g)).toBeNull();
    expect(page.match(/\burl\(|@import|https?:\/\/(?!www\.w3\.org\/2000\/svg)/g)).toBeNull();
  });
});

describe('what the page shows', () => {
  test('the outcome in one line', () => {
    const headline = (images: readonly LedgerEntry[]) =>
      /class="outcome [^"]*">.*?<span>(.*?)<\/span>/s.exec(renderHtml(reportOf(images)))?.[1];
    expect(headline([succeeded('a')])).toBe('1 image imported');
    expect(headline([succeeded('a'), failed('b')])).toBe('1 of 2 imported · 1 failed');
    expect(headline([succeeded('a'), entry('b', {})])).toBe('In progress: 1 of 2 imported');
  });

  test('failures with what to do, charts with a text for those who cannot see them', () => {
    const page = renderHtml(reportOf([succeeded('a'), failed('b'), held('c', TIMEOUT)]));
    expect(page).toContain('Check that the object exists.');
    expect(page).toContain('Images finished per second: at most 1, at 2026-03-01 09:30:11 UTC.');
    expect(page.match(/<svg role="img" aria-label="/g)).toHaveLength(2);
  });

  test('without a script the first 200 images and all that need attention', () => {
    const many = Array.from({ length: 300 }, (_, index) => succeeded(`image-${index}`));
    const page = renderHtml(reportOf([...many, failed('the-bad-one')]));
    const [, list = ''] = /<div class="static">(.*?)<\/div>/s.exec(page) ?? [];
    expect(list.match(/<tr>/g)).toHaveLength(1 + 201);
    expect(list).toContain('the-bad-one');
    expect(list).toContain('(201 of 301)');
    expect(dataOf(page).rows).toHaveLength(301);
  });
});

test('a large report is made beside the main thread, and is the same', async () => {
  const entries = Array.from({ length: 1201 }, (_, at) => entry(`image-${at}`, { polls: at }));
  const known = { isPaused: false, missing: 0, troubles: [], total: entries.length };
  const summary = { ...known, batch: 'b', createdAt: BEGAN, counts: {} as BatchSummary['counts'] };
  async function* read() {
    yield* entries;
  }
  const apart = await renderApart(read(), summary, { now: at(9), format: 'html' });
  expect(apart).toBeInstanceOf(Uint8Array);
  const here = renderHtml(await readReport(read(), summary, at(9)));
  expect(new TextDecoder().decode(apart as Uint8Array)).toBe(here);
});
