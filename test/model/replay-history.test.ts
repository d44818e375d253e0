import { expect, test } from 'vitest';
import { replayHistory } from './replay-history.ts';

function line(revision: number, move: string, more: object = {}): string {
  const [from, to] = move.split(' → ');
  return JSON.stringify({
    key: 'key-of-an-import',
    revision,
    from,
    to,
    ...more,
    msg: 'import moved',
  });
}

test('a history that the model knows is accepted, whatever order its lines come in', () => {
  const lines = [
    line(4, 'unknown → succeeded'),
    line(2, 'pending → submitting'),
    line(3, 'submitting → unknown', { held: false }),
    '{"msg":"batch finished"}',
    'Warning: no line of the log',
  ];
  expect(replayHistory(lines)).toEqual([]);
});

test('a forged history is refused', () => {
  expect(
    replayHistory([line(2, 'pending → submitting'), line(3, 'submitting → cancelled')]),
  ).toEqual(['key-of-a at revision 3: submitting → cancelled is no move of the model']);
  expect(replayHistory([line(5, 'failed → submitting')])).toHaveLength(1);
  const held = line(3, 'cancelled → unknown', { held: true });
  expect(replayHistory([held])).toHaveLength(1);
});

test('two moves that follow each other at once have to fit', () => {
  const [first, second] = [line(2, 'pending → submitting'), line(3, 'pending → creating')];
  expect(replayHistory([first, second])).toEqual([
    'key-of-a at revision 3: pending → creating, but it was submitting',
  ]);
});

test('a line that is missing, or was cut off with its process, breaks nothing', () => {
  const cut = line(3, 'submitting → creating').slice(0, 40);
  expect(
    replayHistory([line(2, 'pending → submitting'), cut, line(4, 'creating → failed')]),
  ).toEqual([]);
});
