import { unfitDefaults } from './cross-rules.ts';
import type { Findings } from './findings.ts';
import { defaultsSchema, IMAGE_FIELDS, type ImageInput } from './image-schema.ts';
import { reportSchemaIssues } from './schema-issues.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The sound defaults, and the names of those that are not: they are reported once, not per image. */
export interface Defaults {
  readonly fields: Fields;
  readonly bad: ReadonlySet<string>;
}

/** `defaults`, checked; a bad one is reported and left out. */
export function checkDefaults(defaults: unknown, findings: Findings): Defaults {
  // Nothing below it is like no defaults at all.
  if (defaults === undefined || defaults === null) return { fields: {}, bad: new Set() };
  const parsed = defaultsSchema.safeParse(defaults);
  if (parsed.success) return { fields: parsed.data, bad: new Set() };
  reportSchemaIssues(parsed.error.issues, defaults, { path: ['defaults'], findings });
  const bad = new Set(parsed.error.issues.map(({ path }) => String(path[0])));
  // With no mapping at all, nothing that is missing can be told.
  if (typeof defaults !== 'object') return { fields: {}, bad: new Set(IMAGE_FIELDS) };
  const known = new Set(IMAGE_FIELDS);
  const fields = Object.fromEntries(
    Object.entries(defaults).filter(([name]) => known.has(name) && !bad.has(name)),
  );
  return { fields, bad };
}

/** Two names of one thing: an image's own replaces the default of the other name. */
const SAME_THING: Readonly<Record<string, string>> = {
  tags: 'image_tags',
  image_tags: 'tags',
  quick_import: 'is_quick_import',
  is_quick_import: 'quick_import',
};

/**
 * An image with what it lacks taken from the defaults. A default that does not fit the image's kind
 * is left out silently (`os_version` for a data disk), so that one file can hold all kinds; an
 * image's own field is never left out, but refused by the rules.
 */
export function withDefaults(own: Fields, defaults: Fields): Fields {
  const merged: Fields = { ...defaults, ...own };
  const drop = new Set<string>();
  for (const field in own) {
    const other = SAME_THING[field];
    if (other !== undefined) drop.add(other);
  }
  if (own['type'] === 'DataImage') drop.add('kind');
  if (own['kind'] === 'system' && merged['type'] === 'DataImage') drop.add('type');
  const left = without(merged, own, drop);
  return without(left, own, new Set(unfitDefaults(left as Partial<ImageInput>)));
}

/** `merged` without the fields to drop, save those that are the image's own. */
function without(merged: Fields, own: Fields, drop: ReadonlySet<string>): Fields {
  const isLeft = (field: string) => !drop.has(field) || field in own;
  if (Object.keys(merged).every(isLeft)) return merged;
  return Object.fromEntries(Object.entries(merged).filter(([field]) => isLeft(field)));
}
