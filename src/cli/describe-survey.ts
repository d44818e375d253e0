import type { Held, Survey } from '../operator/survey-unknown.ts';
import type { Config } from '../shared/config/config.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { describeSight } from '../shared/look-up/look-at-images.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import { formatDuration } from '../ui/format.ts';

/** What is unknown, image by image, in words. */
export function describeSurvey(survey: Survey, unknown: Config['unknown']): string[] {
  const { held, lookedUp, overdue, at } = survey;
  const lines = held.flatMap(describeHeld).map(escapeText);
  if (lookedUp.length > 0) {
    const ends = lookedUp.map((entry) => endOf(entry, unknown.windowMs));
    // The fleet's time stands still while no worker runs: a time of day would not be true.
    const left = formatDuration(Math.max(...ends) - at);
    lines.push(
      `${lookedUp.length} more are still looked up by themselves, for about ${left} of work.`,
    );
  }
  for (const { request } of overdue) {
    lines.push(`${request.name}: IMS works on it for more than a day; it is polled on.`);
  }
  return lines.length === 0 ? ['Nothing is unknown.'] : lines;
}

function endOf({ state }: LedgerEntry, windowMs: number): number {
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

/** The commands that settle it, with how many images each is for. */
export function describeChoices(batch: string, { held }: Survey): string[] {
  const count = (matches: (images: number) => boolean) =>
    held.filter(({ found }) => found.kind === 'found' && matches(found.images.length)).length;
  const unsure = held.filter(
    ({ found }) => found.kind === 'found' && found.unsure.length > 0,
  ).length;
  const one = count((images) => images === 1);
  const none = count((images) => images === 0);
  const several = count((images) => images > 1);
  return [
    'Settle them with one of:',
    `  ims-ferry resolve ${batch} --adopt      take over the image that was found (${one} of ${held.length})`,
    ...(several === 0
      ? []
      : [
          `  … --adopt IMAGE_ID --name NAME   where several were found (${several}): keep this one`,
        ]),
    ...(unsure === 0
      ? []
      : [
          `  … --adopt IMAGE_ID --name NAME   where one without a marker may be its own (${unsure}): it is`,
        ]),
    `  ims-ferry resolve ${batch} --resubmit   create again where nothing was found (${none} of ${held.length}); a double if IMS has it after all and does not list it yet`,
    `  ims-ferry resolve ${batch} --fail       give up; ims-ferry retry ${batch} starts them again later`,
  ];
}
