import type { Command } from 'commander';
import { pauseBatch, unpauseBatch } from '../../operator/batch-actions.ts';
import { holdTexts } from '../../producer/batch-status.ts';
import { isFinished } from '../../producer/progress.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import { requireBatch } from '../../shared/ledger/batch-store.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { type CommandContext, JSON_OPTION } from '../command.ts';
import { countImages } from '../describe.ts';
import { printJson } from '../io.ts';
import { namedBatch } from '../open/named-batch.ts';
import { type Env, envOf, type OpenLedger, withLedger } from '../open/open-ledger.ts';

export function pauseCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option(...JSON_OPTION)
    .action((batch: string, { json }: { json?: true }) =>
      run(pause(batch, { ...envOf(io), json })),
    );
}

type Printing = Env & { readonly json: true | undefined };

function pause(batch: string, env: Printing): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    const before = await namedBatch(open, batch, env);
    if (isFinished(before)) {
      throw new UsageError(
        `Batch "${batch}" is finished: there is nothing to pause.`,
        `ims-ferry status ${shellQuoted(batch)} shows its images.`,
      );
    }
    await pauseBatch(open, batch);
    const pending = (await open.batches.summary(batch))?.counts.pending ?? 0;
    if (env.json) {
      printJson(env.io, { batch, paused: true, pending });
      return EXIT.ok;
    }
    env.io.err(
      `Batch ${batch} is paused: ${countImages(pending)} pending; images that IMS has are still followed. To resume: ims-ferry resume ${shellQuoted(batch)}`,
    );
    return EXIT.ok;
  });
}

interface ResumeFlags {
  readonly json?: true;
  readonly trustRedis?: true;
  readonly takeProject?: true;
}

export function resumeCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option(
      '--trust-redis',
      'do not wait after Redis may have lost intents; relies on your word that the image list of IMS shows everything that was created',
    )
    .option('--take-project', 'move the project here from a ledger that has no open images')
    .option(...JSON_OPTION)
    .action((batch: string | undefined, flags: ResumeFlags) =>
      run(resume(batch, flags, envOf(io))),
    );
}

/** Ends whatever holds submits back: the pause of a batch, a stop of the project, an alarm, a wait. */
function resume(
  batch: string | undefined,
  { trustRedis, takeProject, json }: ResumeFlags,
  env: Env,
): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    const ended = [
      takeProject ? await moveProjectHere(open) : undefined,
      ...(batch === undefined ? await pausedBatches(open) : [await endPause(open, batch)]),
      await endStop(open),
      await endAlarm(open),
      ...(trustRedis ? [await endWait(open)] : await holdTexts(open)),
    ];
    const lines = ended.filter((line) => line !== undefined);
    if (json) {
      printJson(env.io, { batch: batch ?? null, notes: lines });
      return EXIT.ok;
    }
    for (const line of lines.length === 0 ? ['Nothing was stopped.'] : lines) env.io.err(line);
    return EXIT.ok;
  });
}

async function endPause(open: OpenLedger, batch: string): Promise<string | undefined> {
  const { isPaused } = await requireBatch(open, batch);
  const enqueued = await unpauseBatch(open, batch);
  const text = `Batch ${batch} is resumed; ${countImages(enqueued)} enqueued again.`;
  return isPaused ? text : undefined;
}

/** A pause is intentional: without a batch it is listed, not ended. */
async function pausedBatches(open: OpenLedger): Promise<string[]> {
  const summaries = await open.batches.summaries();
  return summaries
    .filter(({ isPaused }) => isPaused)
    .map(({ batch }) => `Batch ${batch} stays paused; ims-ferry resume ${shellQuoted(batch)}`);
}

async function endStop({ project }: OpenLedger): Promise<string | undefined> {
  const stop = await project.stopped();
  await project.resume();
  return stop && `Resumed after ${stop.code}: ${stop.message}`;
}

async function endAlarm({ project }: OpenLedger): Promise<string | undefined> {
  const count = await project.others.dismiss();
  if (count === 0) return undefined;
  return `The alarm about ${countImages(count)} of another installation is cleared.`;
}

async function endWait({ guard }: OpenLedger): Promise<string | undefined> {
  if (!(await guard.trust())) return undefined;
  return 'Redis is trusted: creates resume after a scan of the image list. This relies on your word that every create Redis has forgotten is in that list by now.';
}

/** @throws UsageError when the ledger that has the project may still create something */
async function moveProjectHere({ project }: OpenLedger): Promise<string> {
  const taken = await project.claim.moveHere();
  switch (taken.kind) {
    case 'taken':
      return taken.from === undefined
        ? 'The project belongs to this ledger.'
        : `The project now belongs to this ledger; before, it belonged to ${taken.from}. Start workers here: ims-ferry work`;
    case 'open':
      throw new UsageError(
        `The project stays with ${taken.from}: ${taken.open} of its images ${taken.open === 1 ? 'is' : 'are'} open.`,
        'Let its workers finish them, or cancel and resolve them there; then run this again.',
      );
    case 'unbound':
      throw new UsageError(
        'This ledger does not know its project yet.',
        'Start a worker here once, so that it logs in: ims-ferry work',
      );
  }
}
