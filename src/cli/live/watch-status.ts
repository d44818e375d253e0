import { ImageScout } from '../../producer/live/image-scout.ts';
import { OverviewReader } from '../../producer/live/overview.ts';
import { plainLine } from '../../producer/progress.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import { requireBatch } from '../../shared/ledger/batch-entries.ts';
import { othersText } from '../../shared/ledger/foreign-images.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { settledCount } from '../../ui/states.ts';
import { stopText } from '../describe-stop.ts';
import type { Io } from '../io.ts';
import type { OpenLedger } from '../open-ledger.ts';
import { type Env, withLedger } from '../with-ledger.ts';
import { drawFrame, type Scene } from './frame.ts';
import { openScreen } from './screen.ts';

export interface WatchOptions {
  /** One batch with its images; absent: all batches. */
  readonly batch?: string;
}

const LOOK_MS = 1000;
const PLAIN_LOOK_MS = 5000;
const SILENT = 'Redis does not answer; what is shown here is old.';

/** `status [BATCH] --watch`: a live table on a terminal, lines elsewhere, until it is told to stop. */
export function watchStatus({ batch }: WatchOptions, env: Env): Promise<ExitCode> {
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
  try {
    while (!stop.aborted) {
      const reading = read();
      let fresh: Scene | undefined;
      while (!fresh && !stop.aborted) {
        const late = open.clock.sleep(3 * LOOK_MS, stop).then(() => undefined);
        fresh = await Promise.race([reading, late]);
        if (!fresh && scene && !stop.aborted) show({ ...scene, trouble: SILENT });
      }
      if (!fresh) return;
      scene = fresh;
      show(scene);
      await open.clock.sleep(LOOK_MS, stop);
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

/** A line for each batch that has changed, and for a stop that is new. */
async function printLines(open: OpenLedger, batch: string | undefined, io: Io): Promise<void> {
  const reader = new OverviewReader(open, batch);
  const signals = io.readerGone ? [io.stop, io.readerGone] : [io.stop];
  const stop = AbortSignal.any(signals);
  const said = new Map<string, string>();
  const say = (about: string, text: string, line = text): void => {
    if (said.get(about) !== text && text !== '') io.out(line);
    said.set(about, text);
  };
  const ended = new Promise<undefined>((resolve) => {
    stop.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  while (!stop.aborted) {
    const overview = await Promise.race([reader.read(), ended]);
    if (!overview) return;
    for (const { summary } of overview.batches) {
      const settledAtStart = settledCount(summary.counts);
      say(`batch ${summary.batch}`, plainLine({ summary, elapsedMs: 0, settledAtStart }));
    }
    say('stop', overview.stop ? stopText(overview.stop) : '');
    say('others', overview.others ? escapeText(othersText(overview.others)) : '');
    await open.clock.sleep(PLAIN_LOOK_MS, stop);
  }
}
