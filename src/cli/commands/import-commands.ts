import type { Command } from 'commander';
import { loadConfig } from '../../shared/config/config.ts';
import { loadDashboardConfig } from '../../shared/config/dashboard-config.ts';
import { UsageError } from '../../shared/errors/errors.ts';
import type { Adding } from './adding.ts';
import { duration, portNumber, seconds } from './numbers.ts';

interface SubmitFlags {
  readonly wait?: true;
  readonly keepWaiting?: true;
  readonly timeout?: number;
  readonly retryFailed?: true;
  readonly recreate?: true;
  readonly partial?: true;
  readonly check: boolean;
}

/** The ways in for manifests. */
export function addImportCommands(program: Command, { io, does }: Adding): void {
  program
    .command('submit <file...>')
    .description('register and enqueue the images of manifests')
    .option('--wait', 'show progress until every image has its outcome')
    .option('--keep-waiting', 'with --wait: stay although a stop needs a person')
    .option('--timeout <duration>', 'with --wait: no longer than that (90s, 30m, 12h)', duration)
    .option('--retry-failed', 'start a new attempt for images that failed')
    .option('--recreate', 'start a new attempt for images that succeeded (their image is gone)')
    .option('--partial', 'begin although the quota does not hold everything')
    .option('--no-check', 'do not look at the quota and the source objects first')
    .action(async (files: string[], flags: SubmitFlags) => {
      if (flags.timeout !== undefined && !flags.wait) {
        throw new UsageError('--timeout needs --wait.', 'Without --wait nothing is waited for.');
      }
      const { submit } = await import('../submit.ts');
      const options = {
        wait: flags.wait ?? false,
        keepWaiting: flags.keepWaiting ?? false,
        retryFailed: flags.retryFailed ?? false,
        recreate: flags.recreate ?? false,
        partial: flags.partial ?? false,
        check: flags.check,
        ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
      };
      await does(submit(files, options, { config: loadConfig(io.env), io }));
    });
  addFolderCommands(program, { io, does });
}

function addFolderCommands(program: Command, { io, does }: Adding): void {
  addWatching(program.command('watch <folder>'))
    .description('submit every manifest that is dropped into a folder')
    .action(async (folder: string, flags: WatchFlags) => {
      const { watch } = await import('../watch.ts');
      await does(watch(watchOptions(folder, flags), { config: loadConfig(io.env), io }));
    });
  addWatching(program.command('up <folder>'))
    .description(
      'watch, work and a dashboard in one process, with an embedded Redis if REDIS_URL is not set',
    )
    .option('--data <folder>', 'where the embedded Redis keeps its data')
    .option('--port <port>', 'of the dashboard; 0 takes a free one', portNumber, 9300)
    .option(
      '--host <host>',
      'address of the dashboard; others than this machine need a login',
      '127.0.0.1',
    )
    .action(
      async (folder: string, flags: WatchFlags & { data?: string; port: number; host: string }) => {
        const { up } = await import('../up.ts');
        const { ownCloudConfig } = await import('../../shared/config/cloud/load-cloud.ts');
        const data = flags.data === undefined ? {} : { data: flags.data };
        const config = loadConfig(io.env);
        const cloud = await ownCloudConfig({ env: io.env, cloud: config.cloud });
        const env = {
          config,
          ...(cloud && { cloud }),
          dashboard: loadDashboardConfig(io.env),
          io,
        };
        const at = { host: flags.host, port: flags.port };
        await does(up({ ...watchOptions(folder, flags), ...data, at }, env));
      },
    );
}

interface WatchFlags {
  readonly receipts?: string;
  readonly archive?: true;
  readonly settle: number;
  readonly rescan: number;
}

/** The options that `watch` and `up` share. */
function addWatching(command: Command): Command {
  return command
    .option('--receipts <folder>', 'where receipts go (default: beside the manifests)')
    .option('--archive', 'move manifests that are finished to done/ and failed/')
    .option('--settle <s>', 'a file is complete when unchanged for so many seconds', seconds, 2)
    .option('--rescan <s>', 'look through the folder at least so often, in seconds', seconds, 5);
}

function watchOptions(folder: string, flags: WatchFlags) {
  return {
    folder,
    archive: flags.archive ?? false,
    quietMs: flags.settle * 1000,
    rescanMs: flags.rescan * 1000,
    ...(flags.receipts === undefined ? {} : { receipts: flags.receipts }),
  };
}
