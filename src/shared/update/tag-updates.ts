import type { ImageTag } from '../image/image-request.ts';
import { COPY_TAG_KEY, MARKER_TAG_KEY } from '../image/import-key.ts';

/** A tag of an image: what IMS shows, and what the manifest wants. */
interface TagUpdate {
  readonly key: string;
  /** `undefined`: the image has none, or IMS shows no tags. */
  readonly is: string | undefined;
  /** `undefined`: it is to be removed. */
  readonly wanted: string | undefined;
}

interface TagUpdates {
  readonly updates: readonly TagUpdate[];
  /** As IMS shows them: tags that no version of the request has named, except the marker. */
  readonly others: readonly string[];
}

/** What the manifest says now, and what it had when the image was imported or last updated. */
interface TagWishes {
  readonly wanted: readonly ImageTag[];
  readonly before: readonly ImageTag[];
}

/**
 * The changes of an image's tags; pure. Only tags that this or the earlier request names are touched, by
 * their exact keys: whatever else an image carries is left alone, and our marker in any spelling.
 */
export function tagUpdates(shown: readonly string[], { wanted, before }: TagWishes): TagUpdates {
  const [now, old] = [byKey(wanted), byKey(before)];
  const keys = [...new Set([...now.keys(), ...old.keys()])];
  const found = new Map(keys.map((key) => [key, valueIn(shown, key, keys)]));
  // A list that shows no tag at all does not show them: then only what the manifest has changed is written.
  const areShown = shown.length > 0;
  const updates = keys.flatMap((key): TagUpdate[] => {
    const update = { key, is: found.get(key), wanted: now.get(key) };
    const isKnown = areShown || update.is !== undefined;
    const isAsWanted = isKnown ? update.is === update.wanted : old.get(key) === update.wanted;
    return isAsWanted ? [] : [update];
  });
  const isNamed = (text: string): boolean =>
    keys.some((key) => valueIn([text], key, keys) !== undefined);
  const others = shown.filter((text) => !isMarkerKey(text) && !isNamed(text));
  return { updates, others };
}

function byKey(tags: readonly ImageTag[]): ReadonlyMap<string, string> {
  const others = tags.filter(({ key }) => !isMarkerKey(key));
  return new Map(others.map(({ key, value }) => [key, value]));
}

/** Our marker, also that of a copy, however its key and value are joined, and whatever its case. */
function isMarkerKey(text: string): boolean {
  return new RegExp(`^\\s*(?:${MARKER_TAG_KEY}|${COPY_TAG_KEY})(?:\\s*[=.:]|\\s*$)`, 'i').test(
    text,
  );
}

/** A key may contain dots: `a.b` is the tag of that name if there is one, else `b` may be the value of `a`. */
function valueIn(
  shown: readonly string[],
  key: string,
  named: readonly string[],
): string | undefined {
  const sure = shown.map((text) => (text === key ? '' : valueBehind(text, key, '=')));
  const dotted = shown.filter((text) => !text.includes('=') && !named.includes(text));
  const values = [...sure, ...dotted.map((text) => valueBehind(text, key, '.'))];
  return values.find((value) => value !== undefined);
}

/** IMS: `key=value` or `key.value`. Neither part contains `=`. */
function valueBehind(text: string, key: string, separator: string): string | undefined {
  const head = `${key}${separator}`;
  return text.startsWith(head) ? text.slice(head.length) : undefined;
}
