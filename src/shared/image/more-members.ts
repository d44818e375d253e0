import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { ImageRequest } from './image-request.ts';

/** Fields that can be changed while an image is being imported, and afterwards. */
const OF_SHARING: ReadonlySet<string> = new Set(['members', 'accept_as']);

/** How a manifest that is submitted again changes with whom an image is shared. */
interface MembersChange {
  /** The stored request with what the manifest adds; absent: it adds nothing. */
  readonly request?: ImageRequest;
  /** Projects that the manifest adds. */
  readonly added: readonly string[];
  /** Projects that it no longer names: they keep the image, since only a person takes it from them. */
  readonly kept: readonly string[];
}

/** What to take over from a manifest into the stored request; pure. */
export function changeMembers(stored: ImageRequest, wanted: ImageRequest): MembersChange {
  const { members: had = [], accept_as: by = [], ...rest } = stored;
  const { members: wants = [], accept_as } = wanted;
  const added = wants.filter((project) => !had.includes(project));
  const kept = had.filter((project) => !wants.includes(project));
  const accepts = wants.length === 0 ? by : (accept_as ?? []);
  const isSame = added.length === 0 && accepts.join() === by.join();
  if (isSame) return { added, kept };
  const members = [...had, ...added];
  const sharing = { members, accept_as: accepts.length === 0 ? undefined : accepts };
  return { request: { ...rest, ...omitUndefined(sharing) }, added, kept };
}

/** Without those that a manifest may change at any time. */
export function fixedFields(names: readonly string[]): readonly string[] {
  return names.filter((name) => !OF_SHARING.has(name));
}
