import type { Command } from 'commander';
import { loadConfig } from '../../shared/config/config.ts';
import { cloudSettings } from '../settings.ts';
import type { Adding } from './adding.ts';
import { duration } from './numbers.ts';

const NAME = '--name <pattern>';
const NAME_HELP = 'only images of this name; * and ? stand for others';

/** The commands with which people act on batches that are there. */
export function addOperatorCommands(program: Command, adding: Adding): void {
  addPausing(program, adding);
  addRetrying(program, adding);
  addSettling(program, adding);
  addArchiving(program, adding);
}

interface ArchiveFlags {
  readonly olderThan?: number;
  readonly to?: string;
  readonly dryRun?: true;
}

function addArchiving(program: Command, { io, does }: Adding): void {
  program
    .command('archive [batch...]')
    .description('write finished batches into files, and take them out of the ledger')
    .option('--older-than <duration>', 'finished so long ago (default: 30d, named: any)', duration)
    .option('--to <folder>', 'where the files go (default: IMS_FERRY_ARCHIVE_DIR)')
    .option('--dry-run', 'say what would be archived')
    .action(async (batches: string[], { olderThan, to, dryRun }: ArchiveFlags) => {
      const { archive } = await import('../archive.ts');
      const options = {
        batches,
        dryRun: dryRun ?? false,
        ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
        ...(to === undefined ? {} : { to }),
      };
      await does(archive(options, { config: loadConfig(io.env), io }));
    });
}

interface ResumeFlags {
  readonly trustRedis?: true;
  readonly takeProject?: true;
}

function addPausing(program: Command, { io, does }: Adding): void {
  program
    .command('pause <batch>')
    .description('submit nothing more of a batch; what IMS has is followed on')
    .action(async (batch: string) => {
      const { pause } = await import('../pause.ts');
      await does(pause(batch, { config: loadConfig(io.env), io }));
    });
  program
    .command('resume [batch]')
    .description('go on after a pause, or after a stop (quota, money, permission) was mended')
    .option(
      '--trust-redis',
      'do not wait although Redis has lost intents, or may have; rests on your word that IMS lists whatever was created',
    )
    .option('--take-project', 'move the project here from a ledger that has no open image')
    .action(async (batch: string | undefined, flags: ResumeFlags) => {
      const { resume } = await import('../resume.ts');
      const { trustRedis = false, takeProject = false } = flags;
      const options = { trustRedis, takeProject };
      const which = batch === undefined ? options : { ...options, batch };
      await does(resume(which, { config: loadConfig(io.env), io }));
    });
}

function addRetrying(program: Command, { io, does }: Adding): void {
  program
    .command('retry <batch>')
    .description('start a new attempt for the images that failed')
    .option(NAME, NAME_HELP)
    .option('--cancelled', 'and for those that were cancelled')
    .action(async (batch: string, flags: { name?: string; cancelled?: true }) => {
      const { retry } = await import('../retry.ts');
      const options = { ...selection(batch, flags), cancelled: flags.cancelled ?? false };
      await does(retry(options, { config: loadConfig(io.env), io }));
    });
  program
    .command('cancel <batch>')
    .description('take back the images that were not submitted')
    .option(NAME, NAME_HELP)
    .action(async (batch: string, flags: { name?: string }) => {
      const { cancel } = await import('../cancel.ts');
      await does(cancel(selection(batch, flags), { config: loadConfig(io.env), io }));
    });
}

interface ResolveFlags {
  readonly name?: string;
  readonly adopt?: true | string;
  readonly resubmit?: true;
  readonly fail?: true;
}

function addSettling(program: Command, { io, does }: Adding): void {
  program
    .command('resolve <batch>')
    .description('show what is unknown and why, and settle it')
    .option('--adopt [image-id]', 'take over the image that was found')
    .option('--resubmit', 'create again those of which no image was found')
    .option('--fail', 'give up; retry starts them again later')
    .option(NAME, NAME_HELP)
    .action(async (batch: string, flags: ResolveFlags) => {
      const { resolve } = await import('../resolve.ts');
      const settings = await cloudSettings(io);
      await does(resolve({ ...flags, ...selection(batch, flags) }, settings, io));
    });
  program
    .command('reconcile')
    .description('list the images that carry our marker, beside what the ledger says')
    .option('--adopt', 'take over images of imports that have none')
    .option('--json', 'print data only')
    .action(async (flags: { adopt?: true; json?: true }) => {
      const { reconcileCommand } = await import('../reconcile.ts');
      const settings = await cloudSettings(io);
      const options = { adopt: flags.adopt ?? false, json: flags.json ?? false };
      await does(reconcileCommand(options, settings, io));
    });
}

function selection(batch: string, { name }: { name?: string }) {
  return name === undefined ? { batch } : { batch, name };
}
