import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../errors/errors.ts';

/** No line of ours comes near it: a request of 64 KB and a story of 4 KB. */
const LONGEST_LINE = 4 * 1024 * 1024;

/**
 * The lines of a compressed file, one by one, however many there are.
 * @throws UsageError when it cannot be read, is no gzip, or is cut off
 */
export async function* archiveLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const text = createGunzip().setEncoding('utf8');
  file.once('error', (error) => text.destroy(error));
  file.pipe(text);
  let rest = '';
  try {
    for await (const piece of text as AsyncIterable<string>) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) throw notOurs(path, 'a line has no end');
      yield* lines;
    }
  } catch (error) {
    throw error instanceof UsageError ? error : unread(path, error);
  } finally {
    file.destroy();
    text.destroy();
  }
  if (rest !== '') throw notOurs(path, 'it is cut off');
}

export function notOurs(path: string, what: string): UsageError {
  return new UsageError(
    `${path} is no whole archive of ims-ferry: ${what}.`,
    'Name a file that ims-ferry archive has written.',
  );
}

function unread(path: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
  if (code.startsWith('Z_')) return notOurs(path, `it cannot be unpacked (${code})`);
  return new UsageError(`${path} cannot be read (${code}).`, 'Name a file that is there.');
}
