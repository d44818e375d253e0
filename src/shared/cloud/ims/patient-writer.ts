import type { Clock } from '../../runtime/clock.ts';
import type { Write, WriteAnswer, Writer } from './ims-writer.ts';

interface Patience {
  readonly writer: Writer;
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
export function patientWriter({ writer, clock, stop }: Patience): Writer {
  let pausedUntil = 0;
  /** False if it was ended meanwhile. What needs no wait is still sent: an image is not left half-way. */
  const waited = async (ms: number): Promise<boolean> => {
    if (ms > 0 && !stop.aborted) await clock.sleep(ms, stop);
    return ms <= 0 || !stop.aborted;
  };
  const isPauseOver = async (): Promise<boolean> => {
    let pause = pausedUntil - clock.monotonic();
    while (pause > 0) {
      if (!(await waited(pause))) return false;
      pause = pausedUntil - clock.monotonic();
    }
    return true;
  };
  return {
    write: async (write: Write): Promise<WriteAnswer> => {
      const tries = { throttled: 0, failed: 0 };
      for (;;) {
        if (!(await isPauseOver())) return STOPPED;
        const answer = await writer.write(write);
        if (answer.kind !== 'failed' || isFinal(answer.code)) return answer;
        tries[answer.throttled ? 'throttled' : 'failed'] += 1;
        if (tries.throttled >= MOST_THROTTLED || tries.failed >= MOST_FAILED) return answer;
        const growing = PAUSE_MS * 2 ** ((answer.throttled ? tries.throttled : tries.failed) - 1);
        const wanted = Math.min(LONGEST_RETRY_AFTER_MS, answer.retryAfterMs ?? 0);
        const pause = Math.max(wanted, Math.min(LONGEST_PAUSE_MS, growing));
        if (answer.throttled) pausedUntil = Math.max(pausedUntil, clock.monotonic() + pause);
        else if (!(await waited(pause))) return answer;
      }
    },
  };
}

/** A page, or a text of Glance, that would be the same again. */
function isFinal(code: string): boolean {
  return /^HTTP_4(?!08|25|29)/.test(code);
}

/** Nothing was sent: a person ended the wait. */
export const STOPPED = {
  kind: 'failed',
  throttled: false,
  code: 'STOPPED',
  message: 'stopped before it was changed',
} as const satisfies WriteAnswer;
