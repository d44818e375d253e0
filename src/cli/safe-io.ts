import { escapeLines } from '../shared/text/escape-text.ts';
import type { Io } from './io.ts';

/**
 * Nothing from outside (a file name, an object's key, the message of a service) gives a terminal
 * commands, or turns its text around: whatever a command says goes through here.
 */
export function safeIo(io: Io): Io {
  // Already safe: it has a way around itself.
  const raw = io.raw ?? ((text: string) => io.out(text));
  const safe: Pick<Io, 'out' | 'err' | 'raw'> = {
    out: (line) => io.out(escapeLines(line)),
    err: (line) => io.err(escapeLines(line)),
    raw: (text) =>
      io.outTerminal ? io.out(escapeLines(text.replaceAll('\r\n', '\n'))) : raw(text),
  };
  // The size of a terminal is asked for each time.
  return Object.assign(Object.create(io) as Io, safe);
}
