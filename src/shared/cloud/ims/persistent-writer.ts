import type { Clock } from '../../runtime/clock.ts';
import type { Write, WriteAnswer, Writer } from './ims-writer.ts';

interface Persistence {
  readonly writer: Writer;
  /** The rate that all processes share while the cloud throttles: how long to wait for a turn in it. */
  readonly turn: () => Promise<number>;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** Ends every wait. */
  readonly stop: AbortSignal;
}

const MOST_THROTTLED = 12;
const MOST_FAILED = 3;
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Of a header that wants more than that. */
const LONGEST_RETRY_AFTER_MS = 120_000;

/**
 * Repeats a change whose outcome is not known, with growing pauses. A 429 pauses all changes, not only the
 * one that got it.
 */
export function persistentWriter({ writer, turn, clock, stop }: Persistence): Writer {
  let pausedUntil = 0;
  const waitForTurn = async (): Promise<void> => {
    let pause = pausedUntil - clock.monotonic();
    while (pause > 0 && !stop.aborted) {
      await clock.sleep(pause, stop);
      pause = pausedUntil - clock.monotonic();
    }
    const ahead = stop.aborted ? 0 : await turn();
    if (ahead > 0) await clock.sleep(ahead, stop);
  };
  return {
    write: async (write: Write): Promise<WriteAnswer> => {
      const tries = { throttled: 0, failed: 0 };
      for (;;) {
        await waitForTurn();
        if (stop.aborted) return STOPPED;
        const answer = await writer.write(write);
        if (answer.kind !== 'failed' || isFinal(answer.code)) return answer;
        tries[answer.throttled ? 'throttled' : 'failed'] += 1;
        if (tries.throttled >= MOST_THROTTLED || tries.failed >= MOST_FAILED) return answer;
        const growing = PAUSE_MS * 2 ** ((answer.throttled ? tries.throttled : tries.failed) - 1);
        const wanted = Math.min(LONGEST_RETRY_AFTER_MS, answer.retryAfterMs ?? 0);
        const pause = Math.max(wanted, Math.min(LONGEST_PAUSE_MS, growing));
        if (answer.throttled) pausedUntil = Math.max(pausedUntil, clock.monotonic() + pause);
        else await clock.sleep(pause, stop);
      }
    },
  };
}

/** A page, or a text of Glance, that would be the same again. */
function isFinal(code: string): boolean {
  return /^HTTP_4(?!08|25|29)/.test(code);
}

/** Nothing was sent: a person ended it. */
export const STOPPED = {
  kind: 'failed',
  throttled: false,
  code: 'STOPPED',
  message: 'stopped before it was changed',
} as const satisfies WriteAnswer;
