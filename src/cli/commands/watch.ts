import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { WatchOptions } from '../../producer/watch/watch-deps.ts';
import { watchFolder } from '../../producer/watch/watch-folder.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import type { Logger } from '../../shared/log/logger.ts';
import { untilAborted } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { systemRandom } from '../../shared/runtime/random.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { type CommandContext, seconds } from '../command.ts';
import type { Io } from '../io.ts';
import { cloudLedgers } from '../open/clouds.ts';
import { type Env, envOf, type OpenLedger, waitForLedger } from '../open/open-ledger.ts';
import { sayFarewell } from '../status/farewell.ts';
import { droppedChecks } from '../submit/check-dropped.ts';
import { expandPatterns } from '../submit/read-manifests.ts';
import { type LogFormat, logFormatOption, openConsole } from '../terminal/console.ts';
import { line, styled } from '../terminal/text.ts';
import { archiveAlong } from './archive.ts';

export interface WatchFlags {
  readonly receipts?: string;
  readonly archive?: true;
  readonly settle: number;
  readonly rescan: number;
}

export function watchCommand(command: Command, { io, run }: CommandContext): void {
  addWatchOptions(command)
    .addOption(logFormatOption())
    .action((folder: string, flags: WatchFlags & { readonly logFormat: LogFormat }) =>
      run(watch(watchOptions(folder, flags), flags.logFormat, io)),
    );
}

/** The options that `watch` and `up` share. */
export function addWatchOptions(command: Command): Command {
  return command
    .option('--receipts <folder>', 'folder for receipts (default: beside the manifests)')
    .option('--archive', 'move finished manifests to done/ and failed/')
    .option('--settle <s>', 'a file is complete when unchanged for this many seconds', seconds, 2)
    .option('--rescan <s>', 'scan the folder at least this often, in seconds', seconds, 5);
}

export function watchOptions(folder: string, flags: WatchFlags): WatchOptions {
  return omitUndefined({
    folder,
    archive: flags.archive ?? false,
    quietMs: flags.settle * 1000,
    rescanMs: flags.rescan * 1000,
    receipts: flags.receipts,
  });
}

/** Submits every manifest dropped into a folder, until SIGTERM. */
async function watch(options: WatchOptions, format: LogFormat, plainIo: Io): Promise<ExitCode> {
  const { config } = envOf(plainIo);
  const { folder } = options;
  await requireFolder(folder);
  const view = openConsole(plainIo, { level: config.logLevel, format });
  const { io, log } = view;
  const open = await waitForLedger(config, io);
  if (!open) return EXIT.ok;
  view.show(open, () => line(styled('bold', 'ims-ferry watch '), folder));
  try {
    await watchOn(options, { open, log, stop: io.stop, config, io });
    await view.end();
    const left = {
      again: `ims-ferry watch ${shellQuoted(folder)}`,
      isWorker: false,
      hasOwnRedis: false,
    };
    await sayFarewell(open, view, left);
    return EXIT.ok;
  } finally {
    await view.end();
    await open.close();
  }
}

/** After this the process ends, whatever is still open; a half-registered manifest is resumed later. */
const CLOSE_MS = 3500;

interface WatchEnv extends Env {
  readonly open: OpenLedger;
  readonly log: Logger;
  readonly stop: AbortSignal;
}

/** Watches over an open ledger; also used by `up`. Ends soon after `stop` is aborted. */
export async function watchOn(
  options: WatchOptions,
  { open, log, stop, io, config }: WatchEnv,
): Promise<void> {
  log.info({ folder: options.folder, archive: options.archive }, 'watching for manifests');
  const ledgers = cloudLedgers(open, { config, io });
  const deps = {
    ...open,
    log,
    files: open.project.files,
    expand: (manifest: Manifest) => expandPatterns(manifest, io),
    check: droppedChecks(ledgers.of, { config, io, stop, log }),
    ledgerOf: ledgers.of,
    random: systemRandom,
    watcherId: systemRandom.id(9),
    stopping: stop,
  };
  const over = new AbortController();
  const ending = AbortSignal.any([stop, over.signal]);
  const archiving = archiveAlong(open, ledgers, { config, log, stop: ending });
  const watching = watchFolder(deps, options).finally(() => over.abort());
  // Commands to an unreachable Redis wait for ever.
  const late = untilAborted(ending).then(() => open.clock.sleep(CLOSE_MS, over.signal));
  const ended = watching.finally(() => archiving).finally(() => ledgers.close());
  await Promise.race([ended, late]);
}

/** @throws UsageError when there is no such folder */
export async function requireFolder(folder: string): Promise<void> {
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory()) return;
  const what = facts ? 'is not a folder' : 'does not exist';
  throw new UsageError(`${folder} ${what}.`, 'Name an existing folder.');
}
