import { ImageScout } from '../producer/live/image-scout.ts';
import { OverviewReader } from '../producer/live/overview.ts';
import { plainLine } from '../producer/progress.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { requireBatch } from '../shared/ledger/batch-store.ts';
import { othersText } from '../shared/ledger/foreign.ts';
import { atMost, LATE, untilAborted } from '../shared/runtime/clock.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import { stopText } from './describe.ts';
import type { Io } from './io.ts';
import { drawFrame, type Scene } from './live-frame.ts';
import { type Env, type OpenLedger, withLedger } from './open-ledger.ts';

const REFRESH_MS = 1000;
const PLAIN_REFRESH_MS = 5000;
const SILENT = 'Redis is not answering; this view is out of date.';

/**
 * A live table on a terminal, lines elsewhere, until it is stopped.
 * @param batch one batch with its images; `undefined`: all batches
 */
export function watchStatus(batch: string | undefined, env: Env): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    if (batch !== undefined) await requireBatch(open, batch);
    if (env.io.terminal) await showTable(open, batch, env.io);
    else await printLines(open, batch, env.io);
    return EXIT.ok;
  });
}

async function showTable(open: OpenLedger, batch: string | undefined, io: Io): Promise<void> {
  const { stop } = io;
  const read = sceneReader(open, batch);
  const screen = openScreen(io);
  let scene: Scene | undefined;
  const show = (next: Scene): void => {
    screen.draw(drawFrame(next, { columns: io.columns, rows: io.rows ?? 24 }));
  };
  const ended = untilAborted(stop);
  try {
    while (!stop.aborted) {
      const reading = Promise.race([read(), ended]);
      let fresh = await atMost(open.clock, 3 * REFRESH_MS, reading);
      while (fresh === LATE) {
        if (scene) show({ ...scene, trouble: SILENT });
        fresh = await atMost(open.clock, 3 * REFRESH_MS, reading);
      }
      if (!fresh) return;
      scene = fresh;
      show(scene);
      await open.clock.sleep(REFRESH_MS, stop);
    }
  } finally {
    screen.end();
  }
}

function sceneReader(open: OpenLedger, batch: string | undefined): () => Promise<Scene> {
  const reader = new OverviewReader(open, batch);
  const scout = batch === undefined ? undefined : new ImageScout(open);
  return async () => {
    const overview = await reader.read();
    const [only] = overview.batches;
    if (!scout || !only) return { overview };
    return { overview, images: await scout.read(only.summary) };
  };
}

const ALTERNATE = '\u001b[?1049h\u001b[?25l';
const NORMAL = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** The terminal's alternate screen, so that its content is not lost. */
function openScreen({ draw, err }: Pick<Io, 'draw' | 'err'>) {
  let last: readonly string[] = [];
  draw(ALTERNATE);
  return {
    draw: (lines: readonly string[]): void => {
      last = lines;
      // Overwrites line by line: clearing the whole screen first would flicker.
      draw(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
    },
    /** Restores the terminal and leaves the last lines readable there. */
    end: (): void => {
      draw(NORMAL);
      for (const line of last.slice(0, -2)) err(line);
    },
  };
}

/** One line whenever a batch or the stop of the project has changed. */
async function printLines(open: OpenLedger, batch: string | undefined, io: Io): Promise<void> {
  const reader = new OverviewReader(open, batch);
  const stop = AbortSignal.any(io.readerGone ? [io.stop, io.readerGone] : [io.stop]);
  const printed = new Map<string, string>();
  const print = (about: string, text: string): void => {
    if (printed.get(about) !== text && text !== '') io.out(text);
    printed.set(about, text);
  };
  const ended = untilAborted(stop);
  while (!stop.aborted) {
    const overview = await Promise.race([reader.read(), ended]);
    if (!overview) return;
    for (const { summary } of overview.batches) {
      print(`batch ${summary.batch}`, plainLine({ summary }));
    }
    print('stop', overview.stop ? stopText(overview.stop) : '');
    print('others', overview.others ? escapeText(othersText(overview.others)) : '');
    await open.clock.sleep(PLAIN_REFRESH_MS, stop);
  }
}
