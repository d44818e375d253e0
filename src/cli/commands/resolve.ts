import type { Command } from 'commander';
import type { Selection } from '../../operator/batch-actions.ts';
import {
  type Decision,
  type Held,
  resolveHeld,
  type Survey,
  surveyUnknown,
} from '../../operator/resolve-held.ts';
import { imageStatus } from '../../producer/batch-status.ts';
import type { Config } from '../../shared/config/config.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import { requireBatch } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { formatTrust } from '../../shared/look-up/find-ours.ts';
import { describeSight } from '../../shared/look-up/inspect-images.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { formatDuration, isoTime } from '../../ui/format.ts';
import { CODE_OPTION, type CommandContext, JSON_OPTION, NAME_OPTION } from '../command.ts';
import { type Io, printJson } from '../io.ts';
import { withCloud } from '../open-cloud.ts';

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
    if (!json) io.out(`${request.name}: ${words}`);
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

/** The unknown images, one by one. */
export function describeSurvey(
  batch: string,
  survey: Survey,
  { windowMs }: Config['unknown'],
): string[] {
  const { held, lookedUp, overdue, at } = survey;
  const lines = held.flatMap(describeHeld).map(escapeText);
  if (lookedUp.length > 0) {
    const ends = lookedUp.map((entry) => endOfWindow(entry, windowMs));
    // A duration, not a time of day: the fleet's clock stops while no worker runs.
    const left = formatDuration(Math.max(...ends) - at);
    const images = lookedUp.length === 1 ? 'image is' : 'images are';
    lines.push(
      `${lookedUp.length} more ${images} being looked up automatically, for about ${left} while workers run.`,
    );
  }
  for (const { request } of overdue) {
    lines.push(
      escapeText(`${request.name}: creating for more than a day; it is still being polled.`),
    );
  }
  return lines.length === 0 ? [`No unknown images in batch ${batch}.`] : lines;
}

function endOfWindow({ state }: LedgerEntry, windowMs: number): number {
  return state.status === 'unknown' ? state.sendBy + windowMs : 0;
}

function describeHeld({ entry, state, found, known }: Held): string[] {
  const { finishedAt } = entry;
  const since = finishedAt === undefined ? '' : ` since ${new Date(finishedAt).toISOString()}`;
  const job = state.jobId === undefined ? '' : ` The IMS job was ${state.jobId}.`;
  return [
    `${entry.request.name}: held${since}`,
    `  why:   ${state.reason.code}: ${state.reason.message}.${job}`,
    `  found: ${describeFound(found)}`,
    ...known.map((seen) => `  known: ${describeSight(seen)}`),
  ];
}

function describeFound(found: Held['found']): string {
  if (found.kind === 'failed') {
    return `the image list could not be read: ${found.reason.code}: ${found.reason.message}`;
  }
  const sure = found.images.map(({ id, status }) => `image ${id} (${status})`);
  const unsure = found.unsure.map(
    ({ image: { id, status }, why }) => `perhaps image ${id || '?'} (${status || '?'}): ${why}`,
  );
  const all = [...sure, ...unsure];
  return all.length === 0 ? 'nothing in the image list now' : all.join(', ');
}

/** The commands to choose from, each with how many images it would resolve. */
function describeChoices(batch: string, { held }: Survey): string[] {
  const lists = held.flatMap(({ found }) => (found.kind === 'found' ? [found] : []));
  const count = (matches: (images: number) => boolean): number =>
    lists.filter(({ images }) => matches(images.length)).length;
  const unsure = lists.filter((found) => found.unsure.length > 0).length;
  const several = count((images) => images > 1);
  const [one, none] = [count((images) => images === 1), count((images) => images === 0)];
  const all = held.length;
  const byId = '  … --adopt IMAGE_ID --name NAME  ';
  return [
    'Resolve them with one of:',
    `  ims-ferry resolve ${batch} --adopt      adopt the image that was found (${one} of ${all})`,
    ...(several === 0 ? [] : [`${byId} where several were found (${several}): keep this one`]),
    ...(unsure === 0
      ? []
      : [`${byId} where an image without a marker may be its own (${unsure}): it is`]),
    `  ims-ferry resolve ${batch} --resubmit   create again where nothing was found (${none} of ${all}); makes a double if IMS has the image and does not list it yet`,
    `  ims-ferry resolve ${batch} --fail       give up; ims-ferry retry ${batch} starts them again later`,
  ];
}
