import { ImageScout } from '../../producer/live/image-scout.ts';
import { OverviewReader } from '../../producer/live/overview.ts';
import { atMost, LATE, untilAborted } from '../../shared/runtime/clock.ts';
import type { Io } from '../io.ts';
import type { OpenLedger } from '../open/open-ledger.ts';
import { drawFrame, type Scene, type Surroundings } from '../terminal/live-frame.ts';
import { openScreen } from '../terminal/screen.ts';
import type { Line } from '../terminal/text.ts';

const REFRESH_MS = 1000;
const SILENT = 'Redis is not answering; this view is out of date.';

interface LiveView {
  /** One batch with its images; absent: all batches. */
  readonly batch?: string;
  readonly io: Io;
  readonly stop: AbortSignal;
  /** Read for each frame. */
  readonly around: () => Surroundings;
}

/** Draws the live view every second until it is stopped; returns the last frame without what is around it. */
export async function runLiveView(open: OpenLedger, view: LiveView): Promise<readonly Line[]> {
  const { io, stop, around } = view;
  const read = sceneReader(open, view);
  const screen = openScreen(io);
  const size = () => ({ columns: io.columns, rows: io.rows ?? 24 });
  let scene: Scene | undefined;
  const ended = untilAborted(stop);
  try {
    while (!stop.aborted) {
      const reading = Promise.race([read(), ended]);
      let fresh = await atMost(open.clock, 3 * REFRESH_MS, reading);
      while (fresh === LATE) {
        if (scene) screen.draw(drawFrame({ ...scene, trouble: SILENT }, around(), size()));
        fresh = await atMost(open.clock, 3 * REFRESH_MS, reading);
      }
      if (!fresh) break;
      scene = fresh;
      screen.draw(drawFrame(scene, around(), size()));
      await open.clock.sleep(REFRESH_MS, stop);
    }
  } finally {
    screen.end();
  }
  return scene ? drawFrame(scene, { foot: '' }, size()).slice(0, -2) : [];
}

function sceneReader(open: OpenLedger, { batch }: Pick<LiveView, 'batch'>): () => Promise<Scene> {
  const reader = new OverviewReader(open, batch);
  const scout = batch === undefined ? undefined : new ImageScout(open);
  return async () => {
    const overview = await reader.read();
    const now = open.clock.now();
    const [only] = overview.batches;
    if (!scout || !only) return { overview, now };
    return { overview, now, images: await scout.read(only) };
  };
}
