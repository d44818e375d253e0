import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawFrame, type Scene, type Surroundings } from '../../src/cli/terminal/live-frame.ts';
import type { LogEvent } from '../../src/cli/terminal/log-events.ts';
import { cut, line, pad, plain, type Size, widthOf, wrap } from '../../src/cli/terminal/text.ts';
import type { BatchSummary } from '../../src/shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import type { ProjectOutlook } from '../../src/shared/outlook/outlook.ts';
import type { ImportState } from '../../src/shared/state/import-state.ts';
import { escapeText } from '../../src/shared/text/escape-text.ts';
import { imageRequest } from '../support/images.ts';

const NOW = Date.parse('2026-03-01T12:00:00');
const NONE = { pending: 0, submitting: 0, creating: 0, unknown: 0, succeeded: 0, failed: 0 };
const ZERO = { ...NONE, cancelled: 0, held: 0 };

function view(
  batch: string,
  counts: Partial<typeof ZERO>,
  more: Partial<BatchSummary> = {},
): BatchSummary {
  const all = { ...ZERO, ...counts };
  const total = Object.values(all).reduce((sum, count) => sum + count, -all.held);
  return {
    ...{ batch, counts: all, total, createdAt: 0, isPaused: false, missing: 0, troubles: [] },
    ...more,
  };
}

function entry(name: string, state: ImportState): LedgerEntry {
  const progress = { revision: 1, epoch: 0, attempt: 1, queued: 0, polls: 0, registeredAt: 0 };
  const lists = {
    batches: ['b'],
    declined: [],
    lateJobIds: [],
    lateImageIds: [],
    seenImageIds: [],
  };
  return { ...progress, ...lists, key: name, request: imageRequest(name), state };
}

const failed = (name: string, message = 'the file is not there'): LedgerEntry =>
  entry(name, { status: 'failed', reason: { code: 'IMG.0057', message }, jobId: 'j1' });
const creating = (name: string): LedgerEntry => ({
  ...entry(name, { status: 'creating', since: 1000, jobId: 'j2', progress: 0.455 }),
  submittedAt: NOW - 240_000,
  acceptedAt: NOW - 240_000,
});

/** Nothing is known of the project yet. */
const UNKNOWN: ProjectOutlook = {
  project: { done: { kind: 'unknown' } },
  batches: new Map(),
  obstacles: [],
  inFlight: 3,
};

const scene = (
  batches: readonly BatchSummary[],
  { outlook = UNKNOWN, ...more }: Partial<Scene> & { readonly outlook?: ProjectOutlook } = {},
): Scene => ({
  overview: { batches, inFlight: 3, stop: null, outlook },
  now: NOW,
  ...more,
});

function draw(of: Scene, size: Size, around: Partial<Surroundings> = {}): readonly string[] {
  return drawFrame(of, { foot: 'Ctrl-C ends this.', ...around }, size).map(plain);
}

function projectOutlook(more: Partial<ProjectOutlook> = {}): ProjectOutlook {
  const about = { kind: 'about', at: NOW + 3_600_000, plusMinusMs: 600_000 } as const;
  const web = { perMinute: 12, done: about };
  return {
    project: web,
    batches: new Map([['web', web]]),
    obstacles: [],
    inFlight: 3,
    limit: 30,
    ...more,
  };
}

describe('the live view', () => {
  const views = [
    view('ended', { succeeded: 12 }),
    view('web', { succeeded: 40, failed: 5, creating: 10, pending: 45 }),
  ];

  test('has a line for each batch, in columns, with what matters most', () => {
    const of = scene(views, { outlook: projectOutlook() });
    expect(draw(of, { columns: 100, rows: 24 })).toEqual([
      '2 batches · 3 of 30 in flight · 12/min lately · done about 13:00 (± 10 min)',
      '',
      'ended  ███████████████████  100%   12/12                    done',
      'web    █████████▒░░░░░░░░░   45%  45/100  5 failed  12/min  done about 13:00 (± 10 min)',
      '',
      'Ctrl-C ends this.',
    ]);
  });

  test('leaves out what there is no room for, but never what failed', () => {
    const name = 'spring-migration';
    const long = [view(name, { succeeded: 40, failed: 5, creating: 10, pending: 45 })];
    const web = projectOutlook().batches.get('web');
    const outlook = projectOutlook({ batches: new Map(web ? [[name, web]] : []) });
    const at = (columns: number) => draw(scene(long, { outlook }), { columns, rows: 24 })[2];
    expect([101, 81, 71, 61, 41, 31].map(at)).toEqual([
      'spring-migration  █████████▒▒░░░░░░░░░  45%  45/100  5 failed  12/min  done about 13:00 (± 10 min)',
      'spring-migration  ██████▒░░░░░░  45%  45/100  5 failed  12/min  done about 13:00',
      'spring-migration  45%  45/100  5 failed  12/min  done about 13:00',
      'spring-migration  45%  45/100  5 failed  done about 13:00',
      'spring-migration  45%  5 failed',
      'spring-…gration  45%  5 failed',
    ]);
  });

  test('its first line leaves out the margin, then what time the rate covers, before anything is cut', () => {
    const of = scene(views, { outlook: projectOutlook() });
    expect([80, 70, 60].map((columns) => draw(of, { columns, rows: 24 })[0])).toEqual([
      '2 batches · 3 of 30 in flight · 12/min lately · done about 13:00 (± 10 min)',
      '2 batches · 3 of 30 in flight · 12/min lately · done about 13:00',
      '2 batches · 3 of 30 in flight · 12/min · done about 13:00',
    ]);
  });

  test('keeps those under way where there are too many', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      index === 7 ? view('running', { creating: 1 }) : view(`done-${index}`, { succeeded: 1 }),
    );
    const lines = draw(scene(many), { columns: 80, rows: 10 });
    expect(lines[2]).toContain('running');
    expect(lines[3]).toContain('done-47');
    expect(lines).toContain('… and 46 more');
    expect(lines).toHaveLength(9);
  });

  test('of one batch groups failures by code, and shows age and percent of those in IMS', () => {
    const images = {
      troubled: [failed('a'), failed('b'), failed('c')],
      underWay: [creating('d'), creating('e')],
      succeeded: [],
    };
    const troubles = [{ kind: 'failed', code: 'IMG.0057', count: 58 }] as const;
    const web = view('web', { failed: 58, creating: 2 });
    const one = [{ ...web, troubles }];
    expect(draw(scene(one, { images }), { columns: 70, rows: 18 }).slice(3, 15)).toEqual([
      '58 failed, 2 creating',
      '',
      'IMG.0057  ×58  the file is not there',
      'next: ims-ferry status web --failed',
      'next: ims-ferry retry web',
      '',
      'failed    a               IMG.0057: the file is not there  job j1',
      'failed    b               IMG.0057: the file is not there  job j1',
      'failed    c               IMG.0057: the file is not there  job j1',
      'creating  d  4m 00s  45%                                   job j2',
      'creating  e  4m 00s  45%                                   job j2',
      '',
    ]);
  });

  test('says why it is slow or waits, and that Redis is silent', () => {
    const stopped = {
      kind: 'stopped',
      code: 'IMG.0001',
      text: 'Stopped: the quota is full.',
      next: 'Delete an image.',
      since: NOW,
      image: { batch: 'web', name: 'web-1', key: 'k' },
      resumes: 'by-itself',
    } as const;
    const of = scene(views, { outlook: projectOutlook({ obstacles: [stopped] }), trouble: 'Old.' });
    const lines = draw(of, { columns: 120, rows: 20 });
    expect(lines).toContain('Old.');
    expect(lines).toContain(
      '● Stopped: the quota is full. Delete an image. (since 12:00; image web/web-1; resumes by itself)',
    );
  });

  test('has the events below and what is around it in sight', () => {
    const event = (text: string, level: LogEvent['level'] = 'info'): LogEvent => ({
      ...{ at: NOW, level, batch: 'web', image: 'web-01', text, times: 1 },
    });
    const many = Array.from({ length: 90 }, (_, index) => event(`event ${index}`));
    const events = [event('the first error', 'error'), ...many];
    const title = line('ims-ferry up   Dashboard: http://127.0.0.1:9300/');
    const lines = draw(scene(views), { columns: 80, rows: 20 }, { title, events });
    expect(lines[0]).toBe('ims-ferry up   Dashboard: http://127.0.0.1:9300/');
    expect(lines.at(-1)).toBe('Ctrl-C ends this.');
    expect(lines.at(-3)).toContain('web-01  event 89');
    // What is serious is not pushed out.
    expect(lines.some((text) => text.includes('the first error'))).toBe(true);
  });

  test('fits into any terminal, whatever names and reasons hold', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', ' ', '中', '文', '\u001b', '\n', '😀', '\u202e'),
    });
    const images = fc.array(fc.tuple(word, word), { maxLength: 30 });
    const size = fc.record({
      columns: fc.integer({ min: 11, max: 150 }),
      rows: fc.integer({ min: 4, max: 40 }),
    });
    const amount = fc.integer({ min: 0, max: 200_000 });
    fc.assert(
      fc.property(images, size, fc.tuple(amount, word), (named, at, [count, message]) => {
        const troubled = named.map(([name, text]) => failed(name, text));
        const views = [view('b'.repeat((count % 99) + 1), { failed: count, pending: count })];
        const obstacles = [{ kind: 'frozen', code: 'X', text: message }] as const;
        const shown = { troubled, underWay: troubled, succeeded: [] };
        const events = named.map(
          ([image, text]): LogEvent => ({ ...{ at: 0, level: 'warn', image, text, times: 1 } }),
        );
        const outlook = projectOutlook({ obstacles });
        const of = scene(views, { images: shown, outlook, trouble: 'Redis is away.' });
        const lines = draw(of, at, { title: line(message), events });
        expect(lines.length).toBeLessThan(at.rows);
        for (const text of lines) {
          expect(widthOf(text)).toBeLessThan(at.columns);
          expect(text).toBe(escapeText(text));
        }
      }),
    );
  });
});

describe('text for a terminal', () => {
  test('is measured in columns: Chinese characters take two', () => {
    expect(widthOf('中文名字')).toBe(8);
    expect(plain(cut(line('中文名字'), 6))).toBe('中文…');
    expect(plain(pad(line('中文'), 6))).toBe('中文  ');
    expect(plain(pad(line('abcdef'), 4))).toBe('abc…');
  });

  test('is wrapped between words, and cut at the last line', () => {
    const wrapped = (most: number) => wrap('one two three four', 8, most).map(plain);
    expect(wrapped(3)).toEqual(['one two', 'three', 'four']);
    expect(wrapped(2)).toEqual(['one two', 'three …']);
  });
});
