import { OverviewReader } from '../../producer/live/overview.ts';
import { plainLine } from '../../producer/progress.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import { othersText } from '../../shared/ledger/foreign.ts';
import { untilAborted } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { stopText } from '../describe.ts';
import { type Io, printLine } from '../io.ts';
import { namedBatch } from '../open/named-batch.ts';
import { type Env, type OpenLedger, withLedger } from '../open/open-ledger.ts';
import { runLiveView } from './live-view.ts';

const PLAIN_REFRESH_MS = 5000;
const END = 'Ctrl-C ends this view; the import continues.';

/**
 * A live view on a terminal, lines elsewhere, until it is stopped.
 * @param batch one batch with its images; `undefined`: all batches
 */
export function watchStatus(batch: string | undefined, env: Env): Promise<ExitCode> {
  const { io } = env;
  return withLedger(env, async (open) => {
    if (batch !== undefined) await namedBatch(open, batch, env);
    if (io.terminal) {
      const around = () => ({ foot: END });
      const view = omitUndefined({ batch, io, stop: io.stop, around });
      for (const last of await runLiveView(open, view)) printLine(io, last, 'err');
    } else await printLines(open, batch, io);
    return EXIT.ok;
  });
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
    for (const summary of overview.batches) {
      print(`batch ${summary.batch}`, plainLine({ summary }));
    }
    print('stop', overview.stop ? stopText(overview.stop) : '');
    print('others', overview.others ? escapeText(othersText(overview.others)) : '');
    await open.clock.sleep(PLAIN_REFRESH_MS, stop);
  }
}
