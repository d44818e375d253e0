import type { FileFacts } from './file-facts.ts';

/** `min_disk: auto`, before the header of the file was read. It is never registered and never sent. */
export const AUTO_DISK = 0;

/** One `{key, value}` tag; `src/shared/dialect` says what each cloud accepts. */
export interface ImageTag {
  readonly key: string;
  readonly value: string;
}

/** A data disk imported along with a system disk (`data_images`). IMS: at most 3. */
export interface DataImageRequest {
  readonly image_url: string;
  /** Gigabytes, or `AUTO_DISK`. */
  readonly min_disk: number;
  readonly name?: string;
  readonly description?: string;
  readonly is_quick_import?: boolean;
  readonly tags?: readonly ImageTag[];
}

/** What every image to create has. Field names are those of the API. */
interface AnyImage {
  readonly name: string;
  /** Default 1: another number imports the same file again. */
  readonly copy: number;
  readonly description?: string;
  /** `tags` and `image_tags` of the manifest in one list. */
  readonly tags?: readonly ImageTag[];
  readonly enterprise_project_id?: string;
  /** Ours: ids of projects that the image is shared with once it is there; not part of the create. */
  readonly members?: readonly string[];
  /** Ours: clouds of clouds.yaml that accept it, each for its own project. */
  readonly accept_as?: readonly string[];
}

/** An image made from a file in OBS. */
interface FromFile extends AnyImage {
  /** `bucket:object/key`; split at the first colon. */
  readonly image_url: string;
  /** Gigabytes, or `AUTO_DISK`. */
  readonly min_disk: number;
}

/** Fields that an image of this kind cannot have. */
type Lacks<Field extends string> = { readonly [Name in Field]?: never };

/** What a server boots from. */
interface Bootable {
  readonly os_type?: 'Linux' | 'Windows' | 'Other';
  readonly os_version?: string;
  readonly hw_firmware_type?: 'bios' | 'uefi';
  readonly architecture?: 'x86' | 'arm';
}

/** Also of an ISO file (`type: IsoImage`), and with data disks that come along. */
export interface SystemImage extends FromFile, Bootable, Lacks<'license_type'> {
  readonly kind: 'system';
  readonly quick_import: false;
  readonly type?: 'ECS' | 'FusionCompute' | 'BMS' | 'Ironic' | 'IsoImage';
  readonly is_config?: boolean;
  readonly is_config_init?: boolean;
  readonly cmk_id?: string;
  /** Megabytes. */
  readonly max_ram?: number;
  readonly min_ram?: number;
  readonly data_images?: readonly DataImageRequest[];
}

type QuickLacks = 'is_config' | 'is_config_init' | 'cmk_id' | 'data_images' | 'max_ram' | 'min_ram';

interface QuickSystemImage extends FromFile, Bootable, Lacks<QuickLacks> {
  readonly kind: 'system';
  readonly quick_import: true;
  readonly type?: 'ECS' | 'BMS';
  /** Whose license Windows has: the cloud's, or one's own. */
  readonly license_type?: 'platform' | 'byol';
}

type DataLacks =
  | Exclude<keyof Bootable, 'os_type'>
  | Exclude<QuickLacks, 'cmk_id'>
  | 'type'
  | 'license_type';

export interface DataImage extends FromFile, Lacks<DataLacks> {
  readonly kind: 'data';
  readonly quick_import: false;
  readonly os_type?: 'Linux' | 'Windows';
  readonly cmk_id?: string;
}

interface QuickDataImage extends FromFile, Lacks<DataLacks | 'cmk_id'> {
  readonly kind: 'data';
  readonly quick_import: true;
  readonly os_type?: 'Linux' | 'Windows';
}

/** Another region, which is another cloud of clouds.yaml. */
interface CopyTarget {
  readonly cloud: string;
  /** By which IMS may act for the account in the other region. */
  readonly agency: string;
  /** Its project there; absent: the one of its entry in clouds.yaml. */
  readonly project?: string;
}

/** A copy of the image that another import makes, once that has succeeded. It has the file of its source. */
export interface CopyImage extends FromFile, Lacks<Exclude<DataLacks, 'os_type'> | 'os_type'> {
  readonly kind: 'copy';
  readonly quick_import: false;
  readonly tags?: never;
  /** The import key of its source, and what that makes. */
  readonly source: string;
  readonly of: 'system' | 'data';
  /** Absent: in the region of its source. */
  readonly to?: CopyTarget;
  /** It is encrypted with this key; within a region only. */
  readonly cmk_id?: string;
}

/**
 * One image to create, as the manifest's reader gives it to the ledger and the worker to IMS: aliases
 * resolved, defaults applied. Its JSON is stored in Redis and in archives. Each kind is one call to IMS
 * (`create-call.ts`); to add one, extend the union and follow the compiler.
 */
export type ImageRequest = SystemImage | QuickSystemImage | DataImage | QuickDataImage | CopyImage;

/** Every word that `kind` may be. */
export const IMAGE_KINDS = {
  system: 'system',
  data: 'data',
  copy: 'copy',
} as const satisfies { readonly [Kind in ImageRequest['kind']]: Kind };

/** The cloud that a copy goes to, unless that is the own one. */
export function copyCloud(request: ImageRequest): string | undefined {
  return request.kind === 'copy' ? request.to?.cloud : undefined;
}

/** What a server can do with the image. */
export function diskKindOf(request: ImageRequest): 'system' | 'data' {
  return request.kind === 'copy' ? request.of : request.kind;
}

/**
 * How many of each kind, for people: `12 system, 4 data, 2 quick`. Quick imports count on their own, copies only
 * where there are any.
 */
export function countKinds(requests: readonly ImageRequest[]): string {
  const counts = { system: 0, data: 0, quick: 0, copy: 0 };
  for (const { kind, quick_import } of requests) counts[quick_import ? 'quick' : kind] += 1;
  return Object.entries(counts)
    .filter(([word, count]) => word !== 'copy' || count > 0)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
}

/** An image of a manifest: the request, and what only our queue reads. */
export interface ManifestImage {
  readonly request: ImageRequest;
  /** 1 to 2097152 (last); images without one come before 1. Over all batches. BullMQ works so. */
  readonly priority?: number;
  /** Its line in the file, for messages. */
  readonly line: number;
  /** Known once its object was looked at. */
  readonly file?: FileFacts;
  /** Why an automatic `min_disk` of it is not known; such an image is not registered. */
  readonly unsized?: Unsized;
}

/** A field `min_disk: auto` whose number is not known. */
export interface Unsized {
  /** `min_disk`, `data_images[1].min_disk` */
  readonly field: string;
  /** A clause that begins with `is auto`, with what to do. */
  readonly reason: string;
  /** It may be known in some minutes: OBS did not answer, or did not let us look. */
  readonly isPassing: boolean;
  /** OBS did not let us look: more likely a person has to change that. */
  readonly isForbidden?: true;
}

/** A copy as a manifest describes it: within the region with `cmk_id`, else to a cloud. */
export interface CopyWanted {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly cloud?: string | undefined;
  readonly agency?: string | undefined;
  readonly project?: string | undefined;
  readonly cmk_id?: string | undefined;
}

/** An image before its copies are imports of their own. */
export interface WithCopies extends ManifestImage {
  readonly copies?: readonly CopyWanted[];
}

/** A manifest entry for every object of a bucket that matches it. */
export interface ManifestPattern {
  /** `bucket:dir/*.qcow2`: `*` within a folder, `**` across folders, `?` for one character. */
  readonly url: string;
  /** With `${basename}` for the file's name without folder and extension. */
  readonly name: string;
  readonly description?: string;
  /** The image that it would be for a file called `x`; everything else holds for all. */
  readonly sample: WithCopies;
  /** How many ordinary images and copies come before it. */
  readonly before: number;
  /** Its place in the list, for messages. */
  readonly index: number;
}

/** How many images of a family of names are kept when `prune` runs. */
export interface RetentionRule {
  /** Image names, with `*` and `?`. */
  readonly family: string;
  /** The newest ones; at least 1. */
  readonly keepLast: number;
}

/** A checked manifest. */
export interface Manifest {
  /** Batch name. */
  readonly name: string;
  /** The name that an older version gave the batch of such a file: a batch in the ledger keeps it. */
  readonly formerName?: string;
  readonly file: string;
  /** An entry of clouds.yaml; absent: the cloud of the environment. */
  readonly cloud?: string;
  /** Whom to notify of the batch: a name of the workers' settings, in lower case. */
  readonly notify?: string;
  readonly images: readonly ManifestImage[];
  /** Only `prune` deletes by it. Absent: everything is kept. */
  readonly retention?: readonly RetentionRule[];
  /** Patterns to expand over the bucket's list before anything is registered; absent: none. */
  readonly expands?: {
    readonly patterns: readonly ManifestPattern[];
    /** How many images there must be afterwards. */
    readonly count?: number;
  };
}
