import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Archived } from '../../operator/archive/archive-batch.ts';
import {
  archiveBatches,
  candidates,
  keepArchiving,
} from '../../operator/archive/archive-batches.ts';
import type { ArchiveDeps } from '../../operator/archive/archive-deps.ts';
import type { Config } from '../../shared/config/config.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import type { Logger } from '../../shared/log/logger.ts';
import { systemRandom } from '../../shared/runtime/random.ts';
import type { CloudLedgers } from '../clouds.ts';
import { type CommandContext, duration } from '../command.ts';
import { type Env, envOf, type OpenLedger, withLedger } from '../open-ledger.ts';

interface ArchiveFlags {
  readonly olderThan?: number;
  readonly to?: string;
  readonly dryRun?: true;
}

export function archiveCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option(
      '--older-than <duration>',
      'only batches that finished this long ago (default: 30d, named batches: any)',
      duration,
    )
    .option('--to <folder>', 'folder for the files (default: IMS_FERRY_ARCHIVE_DIR)')
    .option('--dry-run', 'only show what would be archived')
    .action((batches: string[], flags: ArchiveFlags) => run(archive(batches, flags, envOf(io))));
}

const MONTH_MS = 30 * 86_400_000;
const BUSY_MS = 500;
const NOTHING_TO_ARCHIVE =
  'Nothing to archive: no batch finished that long ago (--older-than; default 30d). Name a batch to archive it now.';

/** Moves finished batches into files; 1 when a named one could not be moved. */
async function archive(
  batches: readonly string[],
  { olderThan = batches.length > 0 ? 0 : MONTH_MS, to, dryRun }: ArchiveFlags,
  env: Env,
): Promise<ExitCode> {
  const folder = to ?? env.config.archive.folder;
  if (folder === undefined) {
    throw new UsageError(
      'There is no folder for archives: HOME is not set.',
      'Name one with --to.',
    );
  }
  const wanted = { batches, olderThanMs: olderThan, folder: resolve(folder) };
  return withLedger(env, async (open) => {
    const deps = archiveDeps(open, { config: env.config, stop: env.io.stop });
    return (dryRun ? showWanted : archiveAll)(deps, wanted, env);
  });
}

interface ArchivingEnv {
  readonly config: Config;
  readonly stop: AbortSignal;
}

/** What archiving works with, on this ledger. */
export function archiveDeps(open: OpenLedger, { config, stop }: ArchivingEnv): ArchiveDeps {
  const { postTimeoutMs, lockMs } = config;
  return {
    ...open,
    random: systemRandom,
    // A create has its whole time after its intent, and the sender a moment to record the answer.
    answerMs: postTimeoutMs + 2 * lockMs,
    host: hostname(),
    owner: systemRandom.id(9),
    stop,
  };
}

/** Archives beside `watch` and `up`, where IMS_FERRY_ARCHIVE_AFTER is set; ends soon after `stop`. */
export async function archiveAlong(
  open: OpenLedger,
  ledgers: CloudLedgers,
  { config, log, stop }: ArchivingEnv & { readonly log: Logger },
): Promise<void> {
  const { afterMs, folder } = config.archive;
  if (afterMs === undefined || folder === undefined) return;
  log.info({ folder, afterMs }, 'archiving finished batches');
  const home = archiveDeps(open, { config, stop });
  await keepArchiving(home, {
    afterMs,
    folder: resolve(folder),
    log,
    ledgers: async () => {
      // With a cloud in the settings, only that one.
      const names = config.cloud === undefined ? await open.project.clouds.names() : [];
      const opened = new Set([open, ...(await Promise.all(names.map((name) => ledgers.of(name))))]);
      return [...opened].map((one) => (one === open ? home : archiveDeps(one, { config, stop })));
    },
  });
}

type Wanted = Parameters<typeof archiveBatches>[1];

async function archiveAll(deps: ArchiveDeps, wanted: Wanted, { io }: Env): Promise<ExitCode> {
  let [done, notDone, isWaiting] = [0, 0, false];
  const onEach = (archived: Archived): void => {
    if (archived.kind === 'archived') done += 1;
    else notDone += 1;
    if (archived.kind === 'archived' || archived.kind === 'kept') io.out(archived.file);
    io.err(lineOf(archived));
  };
  while (!(await archiveBatches(deps, wanted, onEach))) {
    if (io.stop.aborted) return EXIT.ok;
    if (!isWaiting) io.err('Another process is archiving in this ledger: waiting until it ends.');
    isWaiting = true;
    await deps.clock.sleep(BUSY_MS, io.stop);
  }
  if (done + notDone === 0) io.err(NOTHING_TO_ARCHIVE);
  return notDone > 0 ? EXIT.imageFailed : EXIT.ok;
}

async function showWanted(deps: ArchiveDeps, wanted: Wanted, { io }: Env): Promise<ExitCode> {
  let [count, notDone] = [0, 0];
  for await (const { summary, why } of candidates(deps, wanted)) {
    count += 1;
    if (why !== undefined) notDone += 1;
    const what = why ?? `would be archived: ${summary.total} images`;
    io.err(`Batch ${summary.batch} ${what}.`);
  }
  const where = `Files would go to ${wanted.folder}. Nothing done.`;
  io.err(count === 0 ? NOTHING_TO_ARCHIVE : where);
  return notDone > 0 ? EXIT.imageFailed : EXIT.ok;
}

function lineOf(archived: Archived): string {
  const { batch } = archived;
  switch (archived.kind) {
    case 'archived':
      return `Batch ${batch}: ${archived.images} images archived.`;
    case 'kept':
      return `Batch ${batch} was changed meanwhile: ${archived.left} images stay in the ledger; the file has all images as they were.`;
    case 'not-yet':
      return `Batch ${batch} ${archived.why}.`;
    case 'stopped':
      return `Batch ${batch}: stopped half-way. To continue: ims-ferry archive ${batch}`;
  }
}
