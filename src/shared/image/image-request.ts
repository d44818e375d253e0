/** One `{key, value}` tag; what the clouds take stands in `src/shared/dialect`. */
export interface ImageTag {
  readonly key: string;
  readonly value: string;
}

/** A data disk imported along with a system disk (`data_images`). IMS: at most 3. */
export interface DataImageRequest {
  readonly image_url: string;
  readonly min_disk: number;
  readonly name?: string;
  readonly description?: string;
  readonly is_quick_import?: boolean;
  readonly tags?: readonly ImageTag[];
}

/**
 * One image to bring in, as the manifest's reader hands it to the ledger and the worker to IMS:
 * aliases resolved, defaults applied, `tags` and `image_tags` folded into one list.
 * Field names are those of the API.
 */
export interface ImageRequest {
  readonly kind: 'system' | 'data';
  readonly quick_import: boolean;
  readonly name: string;
  /** `bucket:object/key`; split at the first colon. */
  readonly image_url: string;
  /** Gigabytes. */
  readonly min_disk: number;
  /** Default 1: a field for those who want the same file twice. */
  readonly copy: number;
  readonly description?: string;
  readonly os_type?: 'Linux' | 'Windows' | 'Other';
  readonly os_version?: string;
  readonly is_config?: boolean;
  readonly is_config_init?: boolean;
  readonly cmk_id?: string;
  readonly tags?: readonly ImageTag[];
  readonly type?: 'ECS' | 'FusionCompute' | 'BMS' | 'Ironic' | 'IsoImage';
  readonly enterprise_project_id?: string;
  /** Megabytes. */
  readonly max_ram?: number;
  readonly min_ram?: number;
  readonly data_images?: readonly DataImageRequest[];
  readonly hw_firmware_type?: 'bios' | 'uefi';
  readonly architecture?: 'x86' | 'arm';
  /** Whose license Windows has: the cloud's, or one's own. */
  readonly license_type?: 'platform' | 'byol';
}

/** An image of a manifest: the request, and what only our own queue reads. */
export interface ManifestImage {
  readonly request: ImageRequest;
  /** 1 to 2097152 (last); images without one come before 1. Over all batches. BullMQ works so. */
  readonly priority?: number;
  /** Where it stands in its file, for messages. */
  readonly line: number;
}

/** One entry of a manifest that stands for every object of a bucket that it fits. */
export interface ManifestPattern {
  /** `bucket:dir/*.qcow2`: `*` within a folder, `**` across folders, `?` for one character. */
  readonly url: string;
  /** With `${basename}` in the place of the file's name, without folder and ending. */
  readonly name: string;
  readonly description?: string;
  /** The image that it would be for a file called `x`; everything else holds for all. */
  readonly sample: ManifestImage;
  /** How many ordinary images stand before it. */
  readonly before: number;
  /** Its place in the list, for messages. */
  readonly index: number;
}

/** A checked manifest. */
export interface Manifest {
  /** Batch name. */
  readonly name: string;
  /** What the batch of such a file was called before: one that is in the ledger keeps that name. */
  readonly formerName?: string;
  readonly file: string;
  /** An entry of clouds.yaml; absent: the cloud of the environment. */
  readonly cloud?: string;
  readonly images: readonly ManifestImage[];
  /** What has to be expanded over the bucket's list before anything is registered; absent: nothing. */
  readonly expands?: {
    readonly patterns: readonly ManifestPattern[];
    /** How many images there must be then. */
    readonly count?: number;
  };
}
