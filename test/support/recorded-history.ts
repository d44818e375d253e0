import { expect, onTestFinished } from 'vitest';
import { FELL_BACK, replayHistory } from '../model/replay-history.ts';

interface History {
  /** What the workers of each ledger have logged. */
  readonly byLedger: Map<string, string[]>;
  fellBack: boolean;
}

const histories = new Map<string, History>();

function historyOfTest(): History {
  const name = expect.getState().currentTestName ?? '';
  const known = histories.get(name);
  if (known) return known;
  const history: History = { byLedger: new Map(), fellBack: false };
  histories.set(name, history);
  onTestFinished(() => {
    histories.delete(name);
    const start = history.fellBack ? [FELL_BACK] : [];
    const broken = [...history.byLedger.values()].flatMap((lines) =>
      replayHistory([...start, ...lines]),
    );
    expect(broken).toEqual([]);
  });
  return history;
}

/**
 * Where the log of a worker goes; when its test has ended, each ledger's is compared with the model. Two
 * installations give one image the same key, and number its changes each for itself.
 */
export function recordHistory(ledger: string): string[] {
  const { byLedger } = historyOfTest();
  const lines = byLedger.get(ledger) ?? [];
  byLedger.set(ledger, lines);
  return lines;
}

/** In this test Redis goes back to an older state, or changes are numbered again from 1. */
export function redisFellBack(): void {
  historyOfTest().fellBack = true;
}
