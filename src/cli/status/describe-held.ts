import type { Held, Survey } from '../../operator/resolve-held.ts';
import type { Config } from '../../shared/config/config.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { describeSight } from '../../shared/look-up/inspect-images.ts';
import { withCodeWords } from '../../shared/text/code-words.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { formatDuration, isoTime } from '../../ui/format.ts';
import { requestLabel } from '../../ui/image-row.ts';

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
      `${lookedUp.length} ${held.length > 0 ? 'more ' : ''}${images} being looked up automatically, for about ${left} while workers run.`,
    );
  }
  for (const { request } of overdue) {
    lines.push(
      escapeText(
        `${requestLabel(request)}: creating for more than a day; it is still being polled.`,
      ),
    );
  }
  return lines.length === 0 ? [`No unknown images in batch ${batch}.`] : lines;
}

function endOfWindow({ state }: LedgerEntry, windowMs: number): number {
  return state.status === 'unknown' ? state.sendBy + windowMs : 0;
}

function describeHeld({ entry, state, found, known }: Held): string[] {
  const { finishedAt } = entry;
  const since = finishedAt === undefined ? '' : ` since ${isoTime(finishedAt)}`;
  const job = state.jobId === undefined ? '' : ` The IMS job was ${state.jobId}.`;
  return [
    `${requestLabel(entry.request)}: held${since}`,
    `  why:   ${withCodeWords(`${state.reason.code}: ${state.reason.message}`).replace(/\.$/, '')}.${job}`,
    `  found: ${describeFound(found)}`,
    ...known.map((seen) => `  known: ${describeSight(seen)}`),
  ];
}

function describeFound(found: Held['found']): string {
  if (found.kind === 'failed') {
    return `the image list could not be read: ${withCodeWords(`${found.reason.code}: ${found.reason.message}`)}`;
  }
  const sure = found.images.map(({ id, status }) => `image ${id} (${status})`);
  const unsure = found.unsure.map(
    ({ image: { id, status }, why }) => `perhaps image ${id || '?'} (${status || '?'}): ${why}`,
  );
  const all = [...sure, ...unsure];
  return all.length === 0 ? 'nothing in the image list now' : all.join(', ');
}

/** The commands to choose from, each with how many images it would resolve. */
export function describeChoices(batch: string, { held }: Survey): string[] {
  const lists = held.flatMap(({ found }) => (found.kind === 'found' ? [found] : []));
  const count = (matches: (images: number) => boolean): number =>
    lists.filter(({ images }) => matches(images.length)).length;
  const unsure = lists.filter((found) => found.unsure.length > 0).length;
  const several = count((images) => images > 1);
  const [one, none] = [count((images) => images === 1), count((images) => images === 0)];
  const all = held.length;
  const decide = `ims-ferry resolve ${shellQuoted(batch)}`;
  const byId = '… --adopt IMAGE_ID --name NAME';
  const choices: readonly (readonly [command: string, meaning: string])[] = [
    [`${decide} --adopt`, `adopt the image that was found (${one} of ${all})`],
    ...(several === 0
      ? []
      : [[byId, `where several were found (${several}): keep this one`] as const]),
    ...(unsure === 0
      ? []
      : [[byId, `where an image without a marker may be its own (${unsure}): it is`] as const]),
    [
      `${decide} --resubmit`,
      `create again where nothing was found (${none} of ${all}); makes a double if IMS has the image and does not list it yet`,
    ],
    [`${decide} --fail`, `give up; ims-ferry retry ${shellQuoted(batch)} starts them again later`],
  ];
  const width = Math.max(...choices.map(([command]) => command.length));
  const lines = choices.map(([command, meaning]) => `  ${command.padEnd(width)}   ${meaning}`);
  return ['Resolve them with one of:', ...lines];
}
