import { untilAborted } from '../shared/runtime/clock.ts';
import type { Io } from './io.ts';

/** True where a person can be asked: input and output are a terminal. */
export function canConfirm({ stdin, outTerminal, terminal }: Io): boolean {
  return stdin?.isTTY === true && outTerminal === true && terminal;
}

/** Asks a question that only `y` or `yes` answers with yes. */
export async function confirm(question: string, io: Io): Promise<boolean> {
  io.draw(`${question} [y/N] `);
  const answer = await Promise.race([firstLine(io), untilAborted(io.stop).then(() => '')]);
  if (io.stop.aborted) io.draw('\n');
  return /^y(es)?$/i.test(answer.trim());
}

async function firstLine({ stdin }: Io): Promise<string> {
  let text = '';
  for await (const chunk of stdin ?? []) {
    text += new TextDecoder().decode(chunk);
    if (text.includes('\n') || text.length > 100) break;
  }
  return text.split('\n')[0] ?? '';
}
