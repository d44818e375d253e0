import { describe, expect, test } from 'vitest';
import { type Io, safeIo } from '../../src/cli/io.ts';
import { type OpenLedger, openLedger } from '../../src/cli/open/open-ledger.ts';
import { openConsole } from '../../src/cli/terminal/console.ts';
import { hasColours, line, render, styled } from '../../src/cli/terminal/text.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { runFerry } from '../support/ferry.ts';
import { manifestImages } from '../support/images.ts';
import { AT, openLedgerParts } from '../support/ledger-parts.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const NORMAL = '\u001b[?25h\u001b[?1049l';

/** A terminal, or a pipe, that remembers what was written. */
function fakeIo(terminal: boolean, env: Io['env'] = { NO_COLOR: '1' }) {
  const stop = new AbortController();
  let text = '';
  const restorers = new Set<() => void>();
  const add = (part: string): void => {
    text += part;
  };
  const io: Io = {
    out: (one) => add(`${one}\n`),
    err: (one) => add(`${one}\n`),
    log: { write: add },
    onExit: (restore) => {
      restorers.add(restore);
      return () => void restorers.delete(restore);
    },
    ...{ draw: add, stop: stop.signal, terminal, columns: 80, rows: 20, env },
  };
  return { io: safeIo(io), stop, text: () => text, restorers };
}

async function withLedger(work: (open: OpenLedger) => Promise<void>): Promise<void> {
  const env = { REDIS_URL: server.url, IMS_FERRY_NAMESPACE: 'test' };
  const open = await openLedger(loadConfig(env), { wait: false }, fakeIo(false).io);
  await work(open).finally(() => open.close());
}

const options = (format: 'auto' | 'text' | 'json') => ({ level: 'info', format }) as const;

describe('a long-running command on a terminal', () => {
  test('shows batches, events and its address, and leaves warnings when it ends', async () => {
    await openLedgerParts(server.client).batches.register('spring', manifestImages(3), AT);
    await withLedger(async (open) => {
      const { io, text, stop, restorers } = fakeIo(true);
      const view = openConsole(io, options('auto'));
      view.log.info('before the view');
      expect(text()).toContain('before the view\n');
      view.show(open, () => line('Dashboard: http://127.0.0.1:9300/'));
      view.log.warn({ code: 'IMG.0057', message: 'not there' }, 'create not sent');
      view.io.err('Waiting for Redis');
      await until(() => text().includes('Waiting for Redis'));
      for (const shown of ['Dashboard: http://127.0.0.1:9300/', 'spring', 'IMG.0057: not there']) {
        expect(text()).toContain(shown);
      }
      expect(restorers.size).toBe(1);
      stop.abort();
      await view.end();
      expect(restorers.size).toBe(0);
      const [, after = ''] = text().split(NORMAL);
      expect(after).toContain('spring');
      expect(after).toMatch(/! create not sent: IMG\.0057: not there/);
      expect(after).not.toContain('\u001b');
    });
  });

  test('puts the terminal back when the process ends otherwise', async () => {
    await withLedger(async (open) => {
      const { io, text, restorers } = fakeIo(true);
      const view = openConsole(io, options('auto'));
      view.show(open, () => line('title'));
      await until(() => text().includes('There are no batches yet.'));
      for (const restore of restorers) restore();
      expect(text().endsWith(NORMAL)).toBe(true);
      await view.end();
    });
  });

  test('survives what Redis refuses: the view says so and is tried again', async () => {
    await withLedger(async (open) => {
      const { io, text } = fakeIo(true);
      const view = openConsole(io, options('auto'));
      const inFlight = open.ledger.keys.inFlight;
      await server.client.set(inFlight, 'not a set');
      view.show(open, () => line('title'));
      await until(() => text().includes(NORMAL));
      await server.client.del(inFlight);
      await until(() => text().includes('the live view was interrupted: '));
      await view.end();
    });
  });
});

describe('elsewhere', () => {
  test('a long-running command writes JSON lines; messages too where it is requested', () => {
    const piped = fakeIo(false);
    openConsole(piped.io, options('auto')).log.warn('hot');
    expect(JSON.parse(piped.text())).toMatchObject({ level: 'warn', msg: 'hot' });
    const wanted = fakeIo(true);
    const { io, log, isForPeople } = openConsole(wanted.io, options('json'));
    log.warn('hot');
    io.err('Dashboard: http://127.0.0.1:1/');
    const lines = wanted.text().trim().split('\n');
    expect(lines.map((text) => JSON.parse(text))).toMatchObject([
      { msg: 'hot' },
      { message: 'Dashboard: http://127.0.0.1:1/' },
    ]);
    expect(isForPeople).toBe(false);
  });

  test('lines for people where they are requested, or the terminal is a simple one', () => {
    for (const [io, format] of [
      [fakeIo(false), 'text'],
      [fakeIo(true, { TERM: 'dumb' }), 'text'],
    ] as const) {
      openConsole(io.io, options(format)).log.warn('hot');
      expect(io.text()).toMatch(/^\d\d:\d\d:\d\d ! hot\n$/);
    }
  });

  test('an unknown format is refused', async () => {
    const { code, stderr } = await runFerry(['work', '--log-format', 'xml'], {});
    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are auto, text, json.');
  });
});

describe('colours', () => {
  test.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ TERM: 'dumb' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  ])('with %j on a terminal (%s): %s', (env, isTerminal, expected) => {
    expect(hasColours(env, isTerminal)).toBe(expected);
  });

  test('are ours only: those of a text from outside are escaped', () => {
    const red = styled('red', 'a\u001b[32mb');
    expect(render(red, true)).toBe('\u001b[31ma\\u001b[32mb\u001b[39m');
    expect(render(red, false)).toBe('a\\u001b[32mb');
  });

  test('are in a status where FORCE_COLOR asks for them', async () => {
    await openLedgerParts(server.client).batches.register('spring', manifestImages(1), AT);
    const env = { REDIS_URL: server.url, IMS_FERRY_NAMESPACE: 'test' };
    const status = (more: Record<string, string>) =>
      runFerry(['status', 'spring'], { ...env, ...more });
    expect((await status({ FORCE_COLOR: '1' })).stdout).toContain('\u001b[2mpending');
    expect((await status({})).stdout).not.toContain('\u001b');
  });
});
