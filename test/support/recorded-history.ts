import { expect, onTestFinished } from 'vitest';
import { replayHistory } from '../model/replay-history.ts';

const histories = new Map<string, string[]>();

/** Where the log of a worker goes; when its test has ended, all of them are held against the model. */
export function historyOfTest(): string[] {
  const name = expect.getState().currentTestName ?? '';
  const known = histories.get(name);
  if (known) return known;
  const lines: string[] = [];
  histories.set(name, lines);
  onTestFinished(() => {
    histories.delete(name);
    expect(replayHistory(lines)).toEqual([]);
  });
  return lines;
}
