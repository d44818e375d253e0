import type { PatchOperation } from '../cloud/ims/change-image.ts';
import type { ImsImage } from '../cloud/ims/ims-answers.ts';
import type { ImageRequest, ImageTag } from '../image/image-request.ts';
import { wantedDescription, withoutCopyMarker } from '../image/import-key.ts';
import { fixedFields } from '../image/more-members.ts';
import { differences, isRequest } from '../ledger/ledger-entry.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { tagUpdates } from './tag-updates.ts';

/** One difference between an image that exists and the manifest. Names are those of the manifest. */
export interface FieldUpdate {
  /** `description`, `tags.team`. */
  readonly field: string;
  /** `null`: it has none, or IMS does not show it. */
  readonly is: string | number | null;
  /** `null`: none. */
  readonly wanted: string | number | null;
}

/** What makes an image that exists as the manifest says, as far as IMS can. */
export interface ImageUpdates {
  /** What is written to IMS, in words. */
  readonly updates: readonly FieldUpdate[];
  readonly patch: readonly PatchOperation[];
  readonly setTags: readonly ImageTag[];
  readonly removeTags: readonly ImageTag[];
  /** Fields that differ and that no call of IMS changes. */
  readonly fixed: readonly string[];
  /** Tags of other tools or people, as IMS shows them: they stay. */
  readonly otherTags: readonly string[];
  /** Fields of the stored request that the image has afterwards: IMS may have had them before. */
  readonly noted: readonly string[];
  /** The request as it should be stored afterwards: what only a new import changes stays as it was imported. */
  readonly request: ImageRequest;
}

interface Changeable {
  readonly field: string;
  /** IMS: its name in a PATCH, behind the slash. */
  readonly path: string;
  readonly read: (image: ImsImage) => string | number | undefined;
  /** What stands for "none"; absent: it can be changed, but not taken back. */
  readonly none?: string | number;
}

/** IMS: what a PATCH can change of what a manifest has. */
const CHANGEABLE: readonly Changeable[] = [
  { field: 'name', path: 'name', read: ({ name }) => name || undefined },
  {
    field: 'description',
    path: '__description',
    read: ({ description }) => description,
    none: '',
  },
  { field: 'min_ram', path: 'min_ram', read: ({ details }) => details?.minRam, none: 0 },
  { field: 'max_ram', path: 'max_ram', read: ({ details }) => details?.maxRam, none: 0 },
  {
    field: 'hw_firmware_type',
    path: 'hw_firmware_type',
    read: ({ details }) => details?.firmware?.toLowerCase(),
  },
  {
    field: 'enterprise_project_id',
    path: 'enterprise_project_id',
    read: ({ details }) => details?.enterpriseProjectId?.toLowerCase(),
  },
];

/** True where `submit --update` can do something about a field that differs. */
export function isChangeable(field: string): boolean {
  return field === 'tags' || CHANGEABLE.some((one) => one.field === field);
}

/**
 * What has to be done so that an image is as its manifest says; pure. `before`: the request that it was
 * imported with, or last updated to. What the manifest never named is nobody's business; what IMS does not
 * show counts as it was before.
 */
export function updatesFor(
  image: ImsImage,
  wanted: ImageRequest,
  before: ImageRequest,
): ImageUpdates {
  const [now, old] = [fieldsOf(wanted), fieldsOf(before)];
  const fields = CHANGEABLE.map((one) => changeOf(image, one, { now, old }));
  const changed = fields.filter((one) => one !== undefined);
  const tags = tagUpdates(image.tags, { wanted: wanted.tags ?? [], before: before.tags ?? [] });
  const kept = CHANGEABLE.filter(
    ({ field, none }) => none === undefined && now[field] === undefined && old[field] !== undefined,
  ).map(({ field }) => field);
  const differing = differences(before, wanted);
  const noted = differing.filter((field) => isChangeable(field) && !kept.includes(field));
  const fixed = fixedFields(differing).filter((field) => !isChangeable(field));
  return {
    updates: [
      ...changed.map(({ update }) => update),
      ...tags.updates.map(({ key, is = null, wanted: value = null }) => ({
        ...{ field: `tags.${key}`, is, wanted: value },
      })),
    ],
    patch: changed.map(({ operation }) => operation),
    setTags: tags.updates.flatMap(({ key, wanted: value }) =>
      value === undefined ? [] : [{ key, value }],
    ),
    removeTags: tags.updates.flatMap(({ key, is, wanted: value }) =>
      value === undefined ? [{ key, value: is ?? tagValueOf(before, key) }] : [],
    ),
    fixed: [...kept, ...fixed],
    otherTags: tags.others,
    noted,
    request: withFields(before, noted, Object.fromEntries(Object.entries(wanted))),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** As IMS shows them: the description of a copy ends with its marker, which is never changed. */
function fieldsOf(request: ImageRequest): Fields {
  const description = wantedDescription(request);
  return Object.fromEntries(Object.entries(omitUndefined({ ...request, description })));
}

function changeOf(
  image: ImsImage,
  { field, path, read, none }: Changeable,
  { now, old }: { readonly now: Fields; readonly old: Fields },
): { readonly update: FieldUpdate; readonly operation: PatchOperation } | undefined {
  if (now[field] === undefined && (old[field] === undefined || none === undefined)) {
    return undefined;
  }
  const is = read(image);
  const value = valueIn(now, field) ?? none;
  if (value === undefined) return undefined;
  const isAsWanted = is === undefined ? now[field] === old[field] : isEqual(is, value);
  if (isAsWanted) return undefined;
  const hasNone = is === undefined || is === '';
  const words = wordsOf(is ?? '', value);
  const operation = { op: hasNone ? 'add' : 'replace', path: `/${path}`, value } as const;
  return { update: { field, ...words }, operation };
}

/** What people read: without the marker of a copy, unless the difference is in the marker. */
function wordsOf(is: string | number, wanted: string | number): Pick<FieldUpdate, 'is' | 'wanted'> {
  const [one, other] = [is, wanted].map((value) =>
    typeof value === 'string' ? withoutCopyMarker(value) : value,
  );
  const [from = is, to = wanted] = one === other ? [] : [one, other];
  return { is: from === '' ? null : from, wanted: to === '' ? null : to };
}

function valueIn(fields: Fields, field: string): string | number | undefined {
  const value = fields[field];
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/** Ids and words may be shown in lower case, and texts without spaces at their edges, whatever was sent. */
function isEqual(is: string | number, value: string | number): boolean {
  if (typeof is === 'number' || typeof value === 'number') return is === value;
  return is.trim() === value.trim() || is === value.toLowerCase();
}

function tagValueOf({ tags = [] }: ImageRequest, key: string): string {
  return tags.find((tag) => tag.key === key)?.value ?? '';
}

/** A request with these fields taken from another one. */
function withFields(request: ImageRequest, names: readonly string[], from: Fields): ImageRequest {
  const kept = Object.entries(request).filter(([name]) => !names.includes(name));
  const taken = Object.entries(from).filter(([name]) => names.includes(name));
  const next: unknown = Object.fromEntries([...kept, ...taken]);
  return isRequest(next) ? next : request;
}
