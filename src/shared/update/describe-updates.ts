import { cutTo } from '../text/layout.ts';
import type { FieldUpdate } from './image-updates.ts';

const LONGEST_VALUE = 60;

/** `description: "old" → "new"; tags.team: none → "ops"` */
export function describeUpdates(updates: readonly FieldUpdate[]): string {
  return updates
    .map(({ field, is, wanted }) => `${field}: ${valueText(is)} → ${valueText(wanted)}`)
    .join('; ');
}

function valueText(value: string | number | null): string {
  if (value === null) return 'none';
  return typeof value === 'number' ? String(value) : `"${cutTo(value, LONGEST_VALUE)}"`;
}

/** What to do about fields that no call of IMS changes. */
export function cannotChange(fields: readonly string[]): string {
  const it = fields.length === 1 ? 'it needs' : 'they need';
  return `IMS cannot change ${fields.join(', ')}: ${it} a new import (delete the image and submit --recreate, or write copy: 2)`;
}
