import { describe, expect, test } from 'vitest';
import { losingStream } from '../../src/shared/log/logger.ts';

/** A file that takes what the test says: a number of bytes, or the code of an error. */
function file(): { readonly take: (number | string)[]; text: string; pauses: number } {
  return { take: [], text: '', pauses: 0 };
}

function streamTo(to: ReturnType<typeof file>) {
  return losingStream(2, {
    notice: (lost, code) => `[${lost} lost: ${code}]\n`,
    write: (_, bytes) => {
      const next = to.take.shift() ?? bytes.length;
      if (typeof next === 'string') throw Object.assign(new Error('no'), { code: next });
      to.text += Buffer.from(bytes.subarray(0, next)).toString();
      return Math.min(next, bytes.length);
    },
    pause: () => {
      to.pauses += 1;
    },
  });
}

describe('a log that cannot be written', () => {
  test.each(['ENOSPC', 'EPIPE', 'EIO', 'EBADF'])('%s: lines are lost and counted', (code) => {
    const to = file();
    const stream = streamTo(to);
    stream.write('a\n');
    to.take.push(code, code, code);
    for (const line of ['b\n', 'c\n', 'd\n']) stream.write(line);
    stream.write('e\n');
    stream.write('f\n');
    expect(to.text).toBe(`a\n[3 lost: ${code}]\ne\nf\n`);
  });

  test('a line that was cut off is ended before the next', () => {
    const to = file();
    const stream = streamTo(to);
    to.take.push(2, 'ENOSPC');
    stream.write('abcd\n');
    stream.write('e\n');
    expect(to.text).toBe('ab\n[1 lost: ENOSPC]\ne\n');
  });

  test('a line in several pieces is whole', () => {
    const to = file();
    to.take.push(1, 2);
    streamTo(to).write('abcd\n');
    expect(to.text).toBe('abcd\n');
  });

  test('a reader that is slow is waited for, one that does not read is not', () => {
    const to = file();
    const stream = streamTo(to);
    to.take.push('EAGAIN', 'EAGAIN');
    stream.write('a\n');
    expect([to.text, to.pauses]).toEqual(['a\n', 2]);
    to.take.push(...Array<string>(200).fill('EAGAIN'));
    for (const line of ['b\n', 'c\n', 'd\n']) stream.write(line);
    expect(to.pauses).toBeLessThan(60);
    expect(to.text).toBe('a\n');
  });
});
