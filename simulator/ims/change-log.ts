import type { StoredImage } from './image-store.ts';
import { tagText } from './tags.ts';

/** One line of the log of changes: a call that IMS accepted for an image that exists. */
export interface Changed {
  readonly seq: number;
  readonly at: number;
  readonly call: 'patch' | 'tags';
  readonly image_id: string;
  /** What is now other than before, `name` or `tags`; empty if the call changed nothing. */
  readonly fields: readonly string[];
}

/** The attributes that a call has changed. */
export function changedFields(before: StoredImage, after: StoredImage): readonly string[] {
  const names = new Set([...Object.keys(before.fields), ...Object.keys(after.fields)]);
  const fields = [...names].filter((name) => before.fields[name] !== after.fields[name]);
  return [
    ...(before.name === after.name ? [] : ['name']),
    ...(textOf(before) === textOf(after) ? [] : ['tags']),
    ...fields,
  ];
}

function textOf({ tags }: StoredImage): string {
  return JSON.stringify(tags.map((tag) => tagText(tag, 'k=v')).sort());
}
