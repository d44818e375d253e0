import type { Command } from 'commander';
import type { Selection } from '../../operator/batch-actions.ts';
import {
  type Decision,
  resolveHeld,
  type Survey,
  surveyUnknown,
} from '../../operator/resolve-held.ts';
import { imageStatus } from '../../producer/batch-status.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import { requireBatch } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { formatTrust } from '../../shared/look-up/find-ours.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { isoTime } from '../../ui/format.ts';
import { requestLabel } from '../../ui/image-row.ts';
import { CODE_OPTION, type CommandContext, JSON_OPTION, NAME_OPTION } from '../command.ts';
import { type Io, printJson } from '../io.ts';
import { withCloud } from '../open/with-cloud.ts';
import { describeChoices, describeSurvey } from '../status/describe-held.ts';

interface ResolveFlags {
  readonly name?: string;
  readonly code?: string;
  readonly json?: boolean;
  readonly adopt?: true | string;
  readonly resubmit?: true;
  readonly fail?: true;
}

export function resolveCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option('--adopt [image-id]', 'adopt the image that was found')
    .option('--resubmit', 'create images again of which nothing was found')
    .option('--fail', 'give up; ims-ferry retry starts them again later')
    .option(...NAME_OPTION)
    .option(...CODE_OPTION)
    .option(...JSON_OPTION)
    .action((batch: string, { name, code, json = false, ...flags }: ResolveFlags) => {
      const selection = omitUndefined({ batch, name, code });
      return run(resolve(selection, decisionOf(flags), { io, json }));
    });
}

function decisionOf({ adopt, resubmit, fail }: ResolveFlags): Decision | undefined {
  const given = [adopt, resubmit, fail].filter((flag) => flag !== undefined);
  if (given.length > 1) {
    throw new UsageError('Only one of --adopt, --resubmit and --fail can be used.');
  }
  if (typeof adopt === 'string') return { kind: 'adopt', imageId: adopt };
  if (adopt) return { kind: 'adopt' };
  if (resubmit) return { kind: 'resubmit' };
  return fail ? { kind: 'fail' } : undefined;
}

interface Printing {
  readonly io: Io;
  readonly json: boolean;
}

/** Explains what is unknown; with a decision, resolves what is held. */
function resolve(
  selection: Selection,
  decision: Decision | undefined,
  { io, json }: Printing,
): Promise<ExitCode> {
  const { batch } = selection;
  return withCloud(io, async (open, { unknown }) => {
    await requireBatch(open, batch);
    const survey = await surveyUnknown(open, selection);
    if (decision !== undefined && survey.held.length > 0) {
      return resolveAll(open, { batch, survey, decision }, { io, json });
    }
    if (json) printJson(io, surveyData(batch, survey));
    else for (const line of describeSurvey(batch, survey, unknown)) io.out(line);
    if (survey.held.length === 0) return EXIT.ok;
    if (json) return EXIT.imageFailed;
    io.out(formatTrust(await open.project.listingLag(), unknown));
    for (const line of describeChoices(batch, survey)) io.out(line);
    return EXIT.imageFailed;
  });
}

interface Resolving {
  readonly batch: string;
  readonly survey: Survey;
  readonly decision: Decision;
}

async function resolveAll(
  open: Parameters<typeof resolveHeld>[0],
  { batch, survey, decision }: Resolving,
  { io, json }: Printing,
): Promise<ExitCode> {
  const resolved: object[] = [];
  let skipped = 0;
  for (const held of survey.held) {
    const resolution = await resolveHeld(open, held, decision);
    if (resolution.kind === 'skipped') skipped += 1;
    const words = resolution.kind === 'skipped' ? `skipped: ${resolution.why}` : resolution.kind;
    const { key, request } = held.entry;
    resolved.push({ key, name: request.name, ...resolution });
    if (!json) io.out(escapeText(`${requestLabel(request)}: ${words}`));
  }
  if (json) printJson(io, { batch, resolved });
  return skipped === 0 ? EXIT.ok : EXIT.imageFailed;
}

function surveyData(batch: string, { held, lookedUp, overdue }: Survey): object {
  const nameOf = ({ key, request }: LedgerEntry): object => ({ key, name: request.name });
  return {
    batch,
    held: held.map(({ entry, state, found }) => ({
      ...imageStatus(entry),
      held_since: entry.finishedAt === undefined ? null : isoTime(entry.finishedAt),
      reason: { code: state.reason.code, message: state.reason.message },
      found: found.kind === 'found' ? found.images.map(({ id, status }) => ({ id, status })) : null,
    })),
    looked_up: lookedUp.map(nameOf),
    overdue: overdue.map(nameOf),
  };
}
