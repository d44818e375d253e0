import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ConfigError } from '../../errors/errors.ts';
import { noteSecret } from '../../errors/known-secrets.ts';
import { firstLine } from '../clean-value.ts';
import type { Given, Resolved } from './resolve-fields.ts';

const run = promisify(execFile);
/** Somebody may have to touch a key. */
const COMMAND_MS = 60_000;
const LONGEST = 100_000;

/**
 * The password out of OS_PASSWORD_FILE or of what OS_PASSWORD_COMMAND prints, without the end of its
 * line; `undefined` when neither is set.
 * @throws ConfigError when there is none; what a command said is not repeated
 */
export async function passwordFrom(resolved: Resolved): Promise<Given | undefined> {
  const command = resolved.get('passwordCommand');
  const file = resolved.get('passwordFile');
  if (command) return { value: await asked(command.value), source: command.source };
  if (file) return { value: await readPassword(file.value), source: file.source };
  return undefined;
}

/** Where it would come from, without asking: its value is none. */
export function passwordSource(resolved: Resolved): Given | undefined {
  const from = resolved.get('passwordCommand') ?? resolved.get('passwordFile');
  return from && { value: '?', source: from.source };
}

async function readPassword(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    throw new ConfigError([`OS_PASSWORD_FILE: ${path} ${why}`]);
  });
  return one(text, `OS_PASSWORD_FILE: ${path} is empty`);
}

async function asked(command: string): Promise<string> {
  const options = { timeout: COMMAND_MS, maxBuffer: LONGEST, encoding: 'utf8' } as const;
  const said = await run('/bin/sh', ['-c', command], options).catch((error: unknown) => {
    throw new ConfigError([`the password command ${whyItFailed(error)}`]);
  });
  return one(said.stdout, 'the password command printed nothing');
}

function whyItFailed(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if ('killed' in error && error.killed === true) {
    return `was not done within ${COMMAND_MS / 1000} s`;
  }
  const code = 'code' in error ? String(error.code) : 'unknown';
  return code === '127' ? 'was not found (exit code 127)' : `failed with exit code ${code}`;
}

/** Its first line: password managers put other things below. */
function one(text: string, ifEmpty: string): string {
  const line = firstLine(text);
  if (line === '') throw new ConfigError([ifEmpty]);
  noteSecret(line);
  return line;
}
