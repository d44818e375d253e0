import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eventLine, eventLines, eventRows } from '../../src/cli/terminal/event-rows.ts';
import { EventLog, type LogEvent } from '../../src/cli/terminal/log-events.ts';
import { KNOWN_MESSAGES } from '../../src/cli/terminal/log-words.ts';
import { plain } from '../../src/cli/terminal/text.ts';
import { createLogger } from '../../src/shared/log/logger.ts';
import { escapeText } from '../../src/shared/text/escape-text.ts';

const NOW = Date.parse('2026-03-01T12:00:00');

/** What a person reads of what is logged. */
function read(write: (log: ReturnType<typeof createLogger>) => void): readonly LogEvent[] {
  const events = new EventLog(() => NOW);
  write(createLogger('info', events.stream));
  return events.events;
}

const textsOf = (events: readonly LogEvent[]): readonly string[] =>
  events.map((event) => plain(eventLine({ ...event, at: NOW })));

describe('what is logged', () => {
  test('is words for people: the image, what happened, and why', () => {
    const reason = { code: 'IMG.0057', message: 'not there', advice: 'Look into the bucket.' };
    const events = read((log) => {
      const image = log.child({ key: 'k', name: 'web-01', batch: ['web'] });
      image.info({ from: 'pending', to: 'submitting' }, 'import moved');
      image.info({ from: 'submitting', to: 'creating' }, 'import moved');
      image.info({ from: 'creating', to: 'succeeded' }, 'import moved');
      image.warn({ from: 'submitting', to: 'failed', reason }, 'import moved');
      image.warn({ from: 'submitting', to: 'unknown', held: true, reason }, 'import moved');
      log.info({ batch: 'web', counts: { ...NO_COUNTS, succeeded: 2 } }, 'batch finished');
      const line = 'Batch web: 3 of 5 images enqueued';
      log.info({ file: 'a.yaml', batch: 'web', submitted: line }, 'manifest submitted');
      const errors = ['in/b.yaml:3:5 name: is missing', 'in/b.yaml:4:5 kind: is odd'];
      log.error({ file: 'b.yaml', errors }, 'manifest refused');
      const pauseMs = 20_000;
      log.warn({ calls: 'submit', pauseMs }, 'throttled by the cloud, all workers pause');
      const stop = { ...reason, at: 1 };
      log.error({ stop }, 'project stopped: nothing is submitted until this is fixed');
    });
    expect(textsOf(events)).toEqual([
      '12:00:00   web/web-01  accepted, IMS is creating it',
      '12:00:00 ✓ web/web-01  succeeded',
      '12:00:00 ✗ web/web-01  failed: IMG.0057: not there',
      '12:00:00 ! web/web-01  held, waiting for your decision: IMG.0057: not there',
      '12:00:00   web  batch finished: 2 succeeded',
      '12:00:00   web  a.yaml: 3 of 5 images enqueued',
      '12:00:00 ✗ b.yaml is refused: 3:5 name: is missing (and 1 more: its receipt has all)',
      '12:00:00 ! the cloud limits creates: all workers pause for 20s',
      '12:00:00 ✗ project stopped: nothing is submitted until this is fixed: IMG.0057: not there. Look into the bucket.',
    ]);
  });

  test('is shown as it is where nobody has words for it', () => {
    const events = read((log) => {
      log.warn({ err: new Error('no route'), file: 'x' }, 'a message of tomorrow');
    });
    expect(textsOf(events)).toEqual(['12:00:00 ! a message of tomorrow: no route']);
    const raw = new EventLog(() => NOW);
    raw.stream.write('not JSON\n');
    expect(raw.events).toMatchObject([{ level: 'warn', text: 'not JSON' }]);
  });

  test('has words only for messages that there are', () => {
    const sources = globSync('src/**/*.ts', { exclude: ['src/cli/terminal/**'] })
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    for (const message of KNOWN_MESSAGES) expect(sources).toContain(`'${message}'`);
  });

  test('is broken between words on a narrow terminal', () => {
    const text = 'the folder of the manifests cannot be read, and is read again';
    const event: LogEvent = { at: NOW, level: 'warn', text, times: 1 };
    expect(eventLines(event, 40).map(plain)).toEqual([
      '12:00:00 ! the folder of the manifests',
      '           cannot be read, and is read',
      '           again',
    ]);
    expect(eventLines(event, 100)).toHaveLength(1);
  });

  test('cannot act on the terminal', () => {
    const [event] = read((log) => log.warn({ err: new Error('\u001b[2J\nx') }, 'failed'));
    const text = event ? plain(eventLine(event)) : '';
    expect(text).toContain('[2J');
    expect(text).toBe(escapeText(text));
  });
});

describe('warnings and errors', () => {
  const info = (text: string): LogEvent => ({ at: NOW, level: 'info', text, times: 1 });
  const error = (text: string): LogEvent => ({ at: NOW, level: 'error', text, times: 1 });

  test('outlive thousands of other events', () => {
    const events = new EventLog(() => NOW);
    events.add(error('first'));
    for (let index = 0; index < 3000; index += 1) events.add(info(`event ${index}`));
    expect(events.events[0]).toMatchObject({ text: 'first' });
    expect(events.events.length).toBeLessThan(250);
    for (let index = 0; index < 600; index += 1) events.add(error(`error ${index}`));
    expect(events.forgotten).toBe(101);
  });

  test('that last are one line with the latest, however much comes between', () => {
    const events = read((log) => {
      for (const pauseMs of [1000, 2000, 4000]) {
        log.warn({ calls: 'submit', pauseMs }, 'throttled by the cloud, all workers pause');
        log.child({ name: `web-${pauseMs}` }).info({ to: 'succeeded' }, 'import moved');
      }
    });
    expect(textsOf(events)).toEqual([
      '12:00:00 ✓ web-1000  succeeded',
      '12:00:00 ✓ web-2000  succeeded',
      '12:00:00 ! the cloud limits creates: all workers pause for 4s (×3)',
      '12:00:00 ✓ web-4000  succeeded',
    ]);
  });

  test('that repeat are counted', () => {
    const events = new EventLog(() => NOW);
    for (let index = 0; index < 5; index += 1) events.add(error('again'));
    expect(textsOf(events.events)).toEqual(['12:00:00 ✗ again (×5)']);
  });

  test.each([1, 2, 3, 5, 8])('are shown before others, in %i rows', (rows) => {
    const size = { columns: 80, rows };
    const events = [error('old'), ...Array.from({ length: 20 }, (_, at) => info(`event ${at}`))];
    const shown = eventRows(events, size).map(plain);
    expect(shown.length).toBeLessThanOrEqual(rows);
    expect(shown.some((text) => text.includes('old') || text.includes('1 older'))).toBe(true);
    if (rows > 1) expect(shown.at(-1)).toContain('event 19');
    const many = Array.from({ length: 20 }, (_, at) => error(`error ${at}`));
    expect(eventRows([...many, ...events.slice(1)], size).length).toBeLessThanOrEqual(rows);
  });
});

const NO_COUNTS = {
  pending: 0,
  submitting: 0,
  creating: 0,
  unknown: 0,
  held: 0,
  failed: 0,
  cancelled: 0,
};
