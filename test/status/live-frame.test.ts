import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cutText,
  drawFrame,
  fitText,
  type Scene,
  widthOf,
  wrapText,
} from '../../src/cli/live-frame.ts';
import type { BatchView } from '../../src/producer/live/overview.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import type { ImportState } from '../../src/shared/state/import-state.ts';
import { escapeText } from '../../src/shared/text/escape-text.ts';
import { imageRequest } from '../support/images.ts';

const NONE = { pending: 0, submitting: 0, creating: 0, unknown: 0, succeeded: 0, failed: 0 };
const ZERO = { ...NONE, cancelled: 0, held: 0 };

function view(
  batch: string,
  counts: Partial<typeof ZERO>,
  more: Partial<BatchView> = {},
): BatchView {
  const all = { ...ZERO, ...counts };
  const total = Object.values(all).reduce((sum, count) => sum + count, -all.held);
  return {
    summary: { batch, counts: all, total, createdAt: 0, isPaused: false, missing: 0, troubles: [] },
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
const creating = (name: string): LedgerEntry =>
  entry(name, { status: 'creating', since: 0, jobId: 'j2', progress: 0.455 });

const scene = (batches: readonly BatchView[], more: Partial<Scene> = {}): Scene => ({
  overview: { batches, inFlight: 3, stop: null },
  ...more,
});

describe('the live table', () => {
  test('has a line for each batch, with what matters most', () => {
    const views = [
      view('ended', { succeeded: 12 }),
      view('web', { succeeded: 40, failed: 5, pending: 55 }, { perMinute: 120, etaMs: 61_000 }),
    ];
    expect(drawFrame(scene(views), { columns: 80, rows: 24 })).toEqual([
      '2 batches, 3 images in flight',
      '',
      'ended  ████████████████████████  100%   12/12  done',
      'web    ███████████░░░░░░░░░░░░░   45%  45/100  5 failed  ETA 1m 01s  120/min',
      '',
      'Ctrl-C ends this view; the import continues.',
    ]);
    expect(drawFrame(scene(views), { columns: 40, rows: 24 })[3]).toBe(
      'web     45%  45/100  5 failed',
    );
  });

  test('keeps those under way where there are too many', () => {
    const views = Array.from({ length: 50 }, (_, index) =>
      index === 7 ? view('running', { creating: 1 }) : view(`done-${index}`, { succeeded: 1 }),
    );
    const lines = drawFrame(scene(views), { columns: 80, rows: 10 });
    expect(lines[2]).toContain('running');
    expect(lines[3]).toContain('done-47');
    expect(lines).toContain('… and 46 more');
    expect(lines).toHaveLength(9);
  });

  test('of one batch shows images in trouble with their reason, then those under way', () => {
    const images = {
      troubled: [failed('a'), failed('b'), failed('c')],
      underWay: [creating('d'), creating('e')],
      succeeded: [],
    };
    const one = [view('web', { failed: 3, creating: 2 })];
    expect(drawFrame(scene(one, { images }), { columns: 70, rows: 12 }).slice(3, 10)).toEqual([
      '3 failed, 2 creating',
      '',
      'failed    a  IMG.0057: the file is not there  job j1',
      '… all: ims-ferry status web --failed',
      'creating  d  45%  job j2',
      'creating  e  45%  job j2',
      '',
    ]);
  });

  test('says why nothing is submitted, and that Redis is silent', () => {
    const stop = { code: 'IMG.0001', message: 'The quota is full', needs: 5, free: 0 };
    const lines = drawFrame(
      { overview: { batches: [view('b', { pending: 5 })], inFlight: 0, stop }, trouble: 'Old.' },
      { columns: 80, rows: 20 },
    );
    expect(lines).toContain('Old.');
    expect(lines).toContain('Stopped: IMG.0001: The quota is full (needs 5, 0 free)');
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
        const stop = { code: 'X', message, needs: count, free: null };
        const shown = { troubled, underWay: troubled, succeeded: [] };
        const overview = { batches: views, inFlight: count, stop };
        const lines = drawFrame({ overview, images: shown, trouble: 'Redis is away.' }, at);
        expect(lines.length).toBeLessThan(at.rows);
        for (const line of lines) {
          expect(widthOf(line)).toBeLessThan(at.columns);
          expect(line).toBe(escapeText(line));
        }
      }),
    );
  });
});

describe('text for a terminal', () => {
  test('is measured in columns: Chinese characters take two', () => {
    expect(widthOf('中文名字')).toBe(8);
    expect(cutText('中文名字', 6)).toBe('中文…');
    expect(fitText('中文', 6)).toBe('中文  ');
    expect(fitText('abcdef', 4)).toBe('abc…');
  });

  test('is wrapped between words, and cut at the last line', () => {
    expect(wrapText('one two three four', 8, 3)).toEqual(['one two', 'three', 'four']);
    expect(wrapText('one two three four', 8, 2)).toEqual(['one two', 'three …']);
  });
});
