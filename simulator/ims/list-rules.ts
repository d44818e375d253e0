import { STATES, type StatusWords } from '../options.ts';

const WORDS: Readonly<Record<string, readonly string[]>> = {
  visibility: ['public', 'private', 'shared'],
  __imagetype: ['gold', 'private', 'shared', 'market'],
  virtual_env_type: ['FusionCompute', 'Ironic', 'DataImage', 'IsoImage'],
  member_status: ['accepted', 'pending', 'rejected', 'all'],
  protected: ['true', 'false'],
  __isregistered: ['true', 'false'],
  __whole_image: ['true', 'false'],
  sort_dir: ['asc', 'desc'],
};

/** Filters of IMS that accept any value. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['id', 'name', 'owner', 'tag', 'enterprise_project_id', 'marker', 'limit', 'sort_key'],
  ...['container_format', 'disk_format', 'min_ram', 'min_disk', 'created_at', 'updated_at'],
  ...['flavor_id', 'architecture', 'member_status', 'hw_firmware_type'],
]);

const ATTRIBUTE = /^__(os_bit|os_type|os_version|platform|system__cmkid|support_[a-z0-9_]+)$/;
const TIME = /^(gte?|lte?|eq|neq):\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?$/;

/** What is wrong with the filters of a list; IMS would not ignore a word that it does not know. */
export function badFilter(query: URLSearchParams, statusWords: StatusWords): string | undefined {
  for (const [name, value] of query) {
    if (name === 'status') {
      const words = [...STATES, 'deleted', ...Object.values(statusWords)];
      if (!words.includes(value)) return name;
      continue;
    }
    const words = WORDS[name];
    if (words && !words.includes(value)) return name;
    if (/^(created|updated)_at$/.test(name) && !TIME.test(value)) return name;
    if (!words && !PLAIN.has(name) && !ATTRIBUTE.test(name)) return name;
  }
  return undefined;
}
