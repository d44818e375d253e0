import type { Command } from 'commander';
import { STANDARD_INPUT } from '../../producer/manifest/batch-name.ts';
import { explainBatchName } from '../../producer/manifest/explain-text.ts';
import { type ParseResult, refuse } from '../../producer/manifest/issue.ts';
import {
  loadManifest,
  parseBytes,
  type ReadOptions,
} from '../../producer/manifest/load-manifest.ts';
import { MAX_BYTES, tooLarge } from '../../producer/manifest/read-file.ts';
import { type Variables, variableFault } from '../../producer/spelling/variables.ts';
import { UsageError } from '../../shared/errors/errors.ts';
import { untilAborted } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { Io } from '../io.ts';

/** The options of all commands that read manifests. */
export interface ManifestFlags {
  readonly batch?: string;
  readonly var?: readonly string[];
  readonly varFromEnv?: readonly string[];
}

export function manifestOptions(command: Command): Command {
  return command
    .option('--batch <name>', 'name of the batch (default: name: in the manifest, or its file)')
    .option('--var <name=value>', 'value of a variable in manifests; may be repeated', collected)
    .option('--var-from-env <name>', 'the same, with its value from the environment', collected);
}

// Checked later: a message of the option's own parser would repeat a value that is a secret.
function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

export type ManifestIo = Partial<Pick<Io, 'stop' | 'env' | 'stdin' | 'terminal'>> & Pick<Io, 'err'>;

/**
 * Reads a manifest from a file, or from standard input for `-`. Reports every fault, as of a file.
 * @throws UsageError when an option is wrong
 */
export function manifestReader(
  flags: ManifestFlags,
  io: ManifestIo,
): (file: string) => Promise<ParseResult> {
  const loading = { ...readOptions(flags, io.env ?? {}), stop: io.stop };
  let isRead = false;
  return async (file) => {
    if (file !== '-') return loadManifest(file, loading);
    if (isRead) throw new UsageError('Standard input can be read once.', 'Name - once.');
    isRead = true;
    const bytes = await readInput(io);
    if (bytes === undefined) return refuse(STANDARD_INPUT, tooLarge(MAX_BYTES + 1));
    return parseBytes(bytes, STANDARD_INPUT, loading);
  };
}

function readOptions({ batch, ...flags }: ManifestFlags, env: Io['env']): ReadOptions {
  const wrong = batch === undefined ? undefined : explainBatchName(batch);
  if (wrong !== undefined) throw new UsageError(`--batch ${wrong}.`, 'Choose another name.');
  const variables = variablesOf(flags, env);
  return omitUndefined({ batch, variables });
}

function variablesOf(
  { var: given = [], varFromEnv: named = [] }: ManifestFlags,
  env: Io['env'],
): Variables | undefined {
  if (given.length + named.length === 0) return undefined;
  const ofEnv = named.map((name): [string, string] => {
    const value = env[name];
    if (value !== undefined) return [name, value];
    throw new UsageError(`--var-from-env: ${name} is not set.`, 'Set it, or use --var NAME=VALUE.');
  });
  const written = given.map((text): [string, string] => {
    const equals = text.indexOf('=');
    if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
    throw new UsageError('--var needs a name and a value.', 'Write it as --var NAME=VALUE.');
  });
  for (const [name, value] of [...ofEnv, ...written]) {
    const fault = variableFault(name, value);
    if (fault !== undefined)
      throw new UsageError(`The variable ${name} ${fault}.`, 'Its value is not used.');
  }
  return Object.fromEntries([...ofEnv, ...written]);
}

/** All bytes of standard input; `undefined` when there are too many. Ends early when stopped. */
async function readInput({
  stdin,
  stop,
  err,
}: ManifestIo): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!stdin) return new Uint8Array();
  if (stdin.isTTY) err('Reading a manifest from the terminal; end it with Ctrl-D.');
  const reading = collect(stdin);
  return stop ? Promise.race([reading, untilAborted(stop).then(() => new Uint8Array())]) : reading;
}

async function collect(stdin: AsyncIterable<Uint8Array>) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.length;
    if (size > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  // A copy of its own: it moves to the thread that parses it.
  return new Uint8Array(Buffer.concat(chunks));
}
