import { expect, test } from 'vitest';
import { type Io, safeIo } from '../../src/cli/io.ts';
import { messageLines } from '../../src/cli/terminal/message-lines.ts';

test.each([
  ['fits', 'short', ['short']],
  ['between words', 'Warning: one two three', ['Warning: one', 'two three']],
  ['below its indent', '  advice that is long', ['  advice that', '  is long']],
  ['line by line', 'one\ntwo three four', ['one', 'two three four']],
  ['never within a word', 'a bucket:dir/file-1.qcow2', ['a', 'bucket:dir/file-1.qcow2']],
  [
    'never within a command',
    'To see it: ims-ferry status spring --failed',
    ['To see it:', 'ims-ferry status spring --failed'],
  ],
  [
    'again after a command',
    'ims-ferry resume x, then wait for it',
    ['ims-ferry resume x,', 'then wait for', 'it'],
  ],
])('a message is broken %s', (_, text, lines) => {
  expect(messageLines(text, 14).split('\n')).toEqual(lines);
});

test('only on a terminal', () => {
  const printed: string[] = [];
  const io = { err: (line: string) => void printed.push(line), columns: 20, env: {} };
  const text = 'Warning: web-01: already imported, differs in tags';
  for (const terminal of [true, false]) safeIo({ ...io, terminal } as Io).err(text);
  expect(printed).toEqual(['Warning: web-01:\nalready imported,\ndiffers in tags', text]);
});
