import { splitTag } from '../../shared/image/image-fields.ts';
import { MARKER_TAG_KEY } from '../../shared/image/import-key.ts';
import { type Path, show } from './issue.ts';

interface Tagged {
  readonly tags?: readonly string[] | undefined;
  readonly image_tags?: readonly { readonly key: string }[] | undefined;
}

/** Rules between the tags of an image, or of a data disk that comes along. */
export function tagIssues(
  { tags, image_tags }: Tagged,
  at: Path,
): readonly { readonly path: Path; readonly message: string }[] {
  if (tags && image_tags) {
    const message = 'stands beside tags; use one of the two';
    return [{ path: [...at, 'image_tags'], message }];
  }
  const field = tags ? 'tags' : 'image_tags';
  const keys = tags?.map((tag) => splitTag(tag).key) ?? image_tags?.map(({ key }) => key) ?? [];
  const seen = new Set<string>();
  const issues: { path: Path; message: string }[] = [];
  for (const [index, key] of keys.entries()) {
    const path = [...at, field, index];
    if (key === MARKER_TAG_KEY) {
      const message = `has the key "${MARKER_TAG_KEY}", which is reserved for the marker of imports`;
      issues.push({ path, message });
    } else if (seen.has(key)) {
      issues.push({ path, message: `has the key ${show(key)} once more; keys are unique` });
    }
    seen.add(key);
  }
  return issues;
}
