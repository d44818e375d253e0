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
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { type CommandContext, duration } from '../command.ts';
import { countImages } from '../describe.ts';
import { type Io, printJson } from '../io.ts';
import type { CloudLedgers } from '../open/clouds.ts';
import { type Env, envOf, type OpenLedger, withLedger } from '../open/open-ledger.ts';

interface ArchiveFlags {
  readonly olderThan?: number;
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
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
    .option('--json', 'print the result as JSON')
    .action((batches: string[], flags: ArchiveFlags) => run(archive(batches, flags, envOf(io))));
}

const MONTH_MS = 30 * 86_400_000;
const BUSY_MS = 500;
const NOTHING_TO_ARCHIVE =
  'Nothing to archive: no batch finished that long ago (--older-than; default 30d). Name a batch to archive it now.';

/** Moves finished batches into files; 1 when a named one could not be moved. */
async function archive(
  batches: readonly string[],
  { olderThan = batches.length > 0 ? 0 : MONTH_MS, to, dryRun = false, json = false }: ArchiveFlags,
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
    return (dryRun ? showWanted : archiveAll)(deps, wanted, { io: env.io, json });
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

interface Printing {
  readonly io: Io;
  readonly json: boolean;
}

async function archiveAll(
  deps: ArchiveDeps,
  wanted: Wanted,
  { io, json }: Printing,
): Promise<ExitCode> {
  const all: Archived[] = [];
  let isWaiting = false;
  const onEach = (archived: Archived): void => {
    all.push(archived);
    if (!json && (archived.kind === 'archived' || archived.kind === 'kept')) io.out(archived.file);
    io.err(lineOf(archived));
  };
  while (!(await archiveBatches(deps, wanted, onEach))) {
    if (io.stop.aborted) return EXIT.ok;
    if (!isWaiting) io.err('Another process is archiving in this ledger: waiting until it ends.');
    isWaiting = true;
    await deps.clock.sleep(BUSY_MS, io.stop);
  }
  if (all.length === 0) io.err(NOTHING_TO_ARCHIVE);
  const ok = all.every(({ kind }) => kind === 'archived');
  if (json) printJson(io, { ok, batches: all.map(resultOf) });
  return ok ? EXIT.ok : EXIT.imageFailed;
}

/** One batch as `--json` prints it: a stable format. */
function resultOf({ kind, batch, ...more }: Archived): object {
  return { batch, result: kind, ...more };
}

async function showWanted(
  deps: ArchiveDeps,
  wanted: Wanted,
  { io, json }: Printing,
): Promise<ExitCode> {
  const batches: object[] = [];
  let ok = true;
  for await (const { summary, why } of candidates(deps, wanted)) {
    const { batch, total } = summary;
    if (why !== undefined) ok = false;
    batches.push(
      why === undefined
        ? { batch, result: 'would-archive', images: total }
        : { batch, result: 'not-yet', why },
    );
    io.err(`Batch ${batch} ${why ?? `would be archived: ${countImages(total)}`}.`);
  }
  const { folder } = wanted;
  const where = `Files would go to ${folder}. Nothing done.`;
  io.err(batches.length === 0 ? NOTHING_TO_ARCHIVE : where);
  if (json) printJson(io, { ok, dry_run: true, folder, batches });
  return ok ? EXIT.ok : EXIT.imageFailed;
}

function lineOf(archived: Archived): string {
  const { batch } = archived;
  switch (archived.kind) {
    case 'archived':
      return `Batch ${batch}: ${countImages(archived.images)} archived.`;
    case 'kept':
      return `Batch ${batch} was changed meanwhile: ${countImages(archived.left)} ${archived.left === 1 ? 'stays' : 'stay'} in the ledger; the file has all images as they were.`;
    case 'not-yet':
      return `Batch ${batch} ${archived.why}.`;
    case 'stopped':
      return `Batch ${batch}: stopped half-way. To continue: ims-ferry archive ${shellQuoted(batch)}`;
  }
}
