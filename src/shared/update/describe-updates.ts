import { cutTo } from '../text/layout.ts';
import type { FieldUpdate } from './image-updates.ts';

const LONGEST_VALUE = 60;
/** What two long values have in common before they differ: enough to find the place. */
const COMMON = 12;

/** `description: "old" → "new"`, `tags.team: none → "ops"`: a line for each field. */
export function describeUpdates(updates: readonly FieldUpdate[]): readonly string[] {
  return updates.map(({ field, is, wanted }) => {
    const from = differAt(is, wanted);
    return `${field}: ${valueText(is, from)} → ${valueText(wanted, from)}`;
  });
}

/** Where to begin, so that the difference of two long texts is in what is left of them. */
function differAt(is: FieldUpdate['is'], wanted: FieldUpdate['wanted']): number {
  if (typeof is !== 'string' || typeof wanted !== 'string') return 0;
  const [one, other] = [[...is], [...wanted]];
  if (Math.max(one.length, other.length) <= LONGEST_VALUE) return 0;
  const same = one.findIndex((character, at) => character !== other[at]);
  return Math.max(0, (same < 0 ? one.length : same) - COMMON);
}

function valueText(value: string | number | null, from: number): string {
  if (value === null) return 'none';
  if (typeof value === 'number') return String(value);
  const rest = from === 0 ? value : `…${[...value].slice(from).join('')}`;
  return `"${cutTo(rest, LONGEST_VALUE)}"`;
}

/** What to do about fields that no call of IMS changes. */
export function cannotChange(fields: readonly string[]): string {
  const it = fields.length === 1 ? 'it needs' : 'they need';
  return `IMS cannot change ${fields.join(', ')}: ${it} a new import (delete the image and submit --recreate, or write copy: 2)`;
}

/** The same of a copy in another region. */
export function inOtherRegion(fields: readonly string[]): string {
  return `submit --update changes no copy in another region: change ${fields.join(', ')} there`;
}
