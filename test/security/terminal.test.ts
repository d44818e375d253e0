import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Io, safeIo } from '../../src/cli/io.ts';
import { writeManifest } from '../../src/producer/init/write-manifest.ts';
import { createLogger } from '../../src/shared/log/logger.ts';
import { escapeLines, escapeText } from '../../src/shared/text/escape-text.ts';
import { dropFolder } from '../support/drop-folder.ts';
import { runFerry } from '../support/ferry.ts';

/** Clears the screen, sets the title, turns text around, hides, ends a line. */
const HOSTILE = [
  '\u001b[2J',
  '\u009b31m',
  '\u001b]0;x\u0007',
  '\u202e',
  '\u2066',
  '\u007f',
  '\b',
  '\r',
];
/** What a terminal obeys. */
const OBEYED = /\p{Cc}(?<![\t\n])|\p{Bidi_Control}|\p{Zl}|\p{Zp}/u;

const quietIo = (heard: string[], outTerminal = true): Io =>
  safeIo({
    out: (line) => heard.push(line),
    err: (line) => heard.push(line),
    log: { write: () => undefined },
    draw: () => undefined,
    outTerminal,
    ...{ terminal: false, columns: 80, env: {} },
    stop: new AbortController().signal,
  });

describe('text from outside', () => {
  test.each(HOSTILE)('with %j gives a terminal no command', (text) => {
    const heard: string[] = [];
    const io = quietIo(heard);
    io.out(`a${text}b`);
    io.err(`a${text}b`);
    io.raw?.(`a${text}b`);
    for (const line of heard) expect(line).not.toMatch(OBEYED);
    expect(heard[0]).toBe(`a${escapeLines(text)}b`);
    expect(escapeText(`${text}\n`)).not.toMatch(/\n/);
  });

  test('stays readable, and JSON stays what it is', () => {
    expect(escapeLines('生产 ümläut 🚢\tx\ny')).toBe('生产 ümläut 🚢\tx\ny');
    expect(escapeText('a\u{e0041}b')).toBe('a\\udb40\\udc41b');
    const value = { name: HOSTILE.join('') };
    expect(JSON.parse(escapeLines(JSON.stringify(value)))).toEqual(value);
  });

  test('is left as it is in data for a file or a program', () => {
    const heard: string[] = [];
    quietIo(heard, false).raw?.('a\r\n\u202eb');
    expect(heard).toEqual(['a\r\n\u202eb']);
  });

  test('is escaped in a log before it is JSON, in errors, lists and objects', () => {
    const lines: string[] = [];
    const log = createLogger('info', { write: (line) => void lines.push(line) });
    const text = HOSTILE.join('\n');
    log.info({ file: text, notes: [text], deep: { [text]: text }, token: 'secret' }, 'taken');
    log.warn({ name: text, err: new Error(text) }, 'failed');
    for (const line of lines) {
      const shown = JSON.stringify(JSON.parse(line));
      expect(shown).toBe(line.trimEnd());
      // What a pretty printer would show: no escape of JSON is left that is a character.
      expect(line).not.toMatch(/(?<!\\)(?:\\\\)*\\(?!\\)/);
    }
    expect(lines[0]).toContain('"token":"[secret]"');
  });

  test('is escaped in errors about files, by every command', async () => {
    const folder = await dropFolder();
    const file = join(folder, 'a\u001b[2J\u202e.yaml');
    await writeFile(file, 'images: [}\n');
    const env = { REDIS_URL: 'redis://127.0.0.1:1', IMS_FERRY_CONNECT_TIMEOUT_MS: '100' };
    for (const args of [
      ['validate', file],
      ['validate', '--json', file],
      ['plan', file],
      ['submit', file],
      ['report', '--from', file],
      [file],
    ]) {
      const { stdout, stderr, code } = await runFerry(args, env);
      expect(code).toBe(2);
      expect(`${stdout}${stderr}`).not.toMatch(OBEYED);
      expect(`${stdout}${stderr}`).toContain('\\u001b[2J');
    }
  });

  test('from a bucket ends no line of a manifest that init writes', () => {
    const objects = [{ key: 'a.raw', size: 3e9, storageClass: 'COLD\nimages: []\u001b[2J' }];
    const { text } = writeManifest(objects, { bucket: 'my-bucket', schema: 's.json' });
    expect(text).toContain('COLD\\u000aimages: []\\u001b[2J');
  });
});
