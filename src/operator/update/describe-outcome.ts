import type { Explained } from '../../shared/cloud/http/service-error.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { hang } from '../../shared/text/layout.ts';
import {
  cannotChange,
  describeUpdates,
  inOtherRegion,
} from '../../shared/update/describe-updates.ts';
import { formatCount } from '../../ui/format.ts';
import { labelOf } from '../../ui/image-row.ts';
import type { FoundUpdates } from './find-updates.ts';
import type { Written } from './write-updates.ts';

/** A manifest may have 200,000 images. */
const MOST_LISTED = 40;

type Outcome = Pick<FoundUpdates, 'cannotChange' | 'unchanged' | 'unfinished'> & {
  /** Those that were not begun. */
  readonly found: FoundUpdates['notUpdated'];
  readonly written: Written;
};

/** What became of the images that exist: what was changed, what was not and why. */
export function updatedLines(outcome: Outcome, columns: number): readonly string[] {
  const { found, written, cannotChange: fixed, unfinished } = outcome;
  const changed = written.updated.filter(({ updates }) => updates.updates.length > 0);
  const same = outcome.unchanged.length + written.updated.length - changed.length;
  const failed = [...found, ...written.notUpdated];
  return [
    ...headLines({ changed: changed.length, same }),
    ...listed(changed, ({ name, updates: { updates, otherTags } }) => {
      const others = otherTags.length === 0 ? [] : [`other tags stay: ${otherTags.join(', ')}`];
      const lines = [...describeUpdates(updates), ...others];
      return [
        `  ${escapeText(name)}`,
        ...lines.flatMap((text) => hang('    ', escapeText(text), columns)),
      ];
    }),
    ...(failed.length === 0 ? [] : [`${formatCount(failed.length, 'image')} not updated:`]),
    ...listed(failed, ({ name, reason }) =>
      hang(`  ${escapeText(name)}  `, escapeText(reasonText(reason)), columns),
    ),
    ...listed(fixed, ({ fields, ...image }) => {
      const why = image.copyTo === undefined ? cannotChange(fields) : inOtherRegion(fields);
      return hang('', `Warning: ${escapeText(labelOf(image))}: ${why}`, columns);
    }),
    ...(unfinished.length === 0 ? [] : hang('', unfinishedText(unfinished.length), columns)),
    ...endLines(written, columns),
  ];
}

function headLines({ changed, same }: { readonly changed: number; readonly same: number }) {
  const was = `${formatCount(same)} ${same === 1 ? 'is' : 'are'} as the manifest says`;
  return [`${formatCount(changed, 'image')} updated${same === 0 ? '' : `, ${was}`}`];
}

function listed<T>(all: readonly T[], linesOf: (one: T) => readonly string[]): readonly string[] {
  const more = all.length - MOST_LISTED;
  const lines = all.slice(0, MOST_LISTED).flatMap(linesOf);
  return more > 0 ? [...lines, `  and ${formatCount(more)} more`] : lines;
}

function reasonText({ code, message, advice, requestId }: Explained): string {
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  return `${code}: ${message}${request}${advice === undefined ? '' : `. ${advice}`}`;
}

function unfinishedText(count: number): string {
  const [are, they] = count === 1 ? ['is', 'it has'] : ['are', 'they have'];
  return `${formatCount(count, 'image')} that ${count === 1 ? 'differs' : 'differ'} ${are} not finished; run submit --update again when ${they} succeeded.`;
}

function endLines({ ended, left }: Written, columns: number): readonly string[] {
  if (left.length === 0) return [];
  const not = `${formatCount(left.length, 'image')} ${left.length === 1 ? 'was' : 'were'} not reached`;
  if (!ended) return [`Stopped: ${not}; run it again to continue.`];
  return hang('', `Ended early because of ${escapeText(ended.code)}: ${not}.`, columns);
}
