import type { StopReason } from '../../dialect/verdict.ts';
import type { ImageRequest } from '../../image/image-request.ts';
import type { ImportKey } from '../../image/import-key.ts';
import type { Explained } from '../http/service-error.ts';
import type { Session } from '../session/session.ts';

/** The answers to a create, sorted by what they prove (never by HTTP status alone). */
export type SubmitAnswer =
  | { readonly kind: 'accepted'; readonly jobId: string; readonly requestId?: string }
  | ({ readonly kind: 'refused'; readonly nameExists: boolean } & Explained)
  | ({
      /** IMS did not see it, or says that it did nothing: back to pending. */
      readonly kind: 'not-sent';
      readonly cause: 'network' | 'throttled' | 'token';
      readonly retryAfterMs?: number;
    } & Explained)
  | ({ readonly kind: 'stop'; readonly reason: StopReason } & Explained)
  | ({
      /** It may or may not have been accepted. */
      readonly kind: 'unclear';
      /** A code of IMS or its gateway, with a 4xx status: no 5xx, no time-out, no page. */
      readonly isCoded?: boolean;
    } & Foreign &
      Explained);

/** Part of an answer that proves nothing. */
export interface Foreign {
  /** Not in a shape of IMS or its gateway: something in between answered. */
  readonly foreign?: boolean;
  readonly retryAfterMs?: number;
}

/** The answer to a read. `failed` proves nothing about the requested thing. */
export type ReadAnswer<T> =
  | {
      readonly kind: 'ok';
      readonly value: T;
      /** Of a list: elements that could not be read, if any. They are not in `value`. */
      readonly odd?: readonly OddImage[];
      /** The server's Date header, in milliseconds since 1970. */
      readonly serverTime?: number;
    }
  | ({ readonly kind: 'not-found' } & Explained)
  | ({
      readonly kind: 'failed';
      /** The gateway or IMS wants fewer calls. */
      readonly throttled: boolean;
      /** Of a list: only that of the enterprise project which one image names failed. */
      readonly isOwn?: boolean;
    } & Foreign &
      Explained);

/** A read without an answer of IMS. */
export function readFailed(code: string, message: string, foreign = false): ReadAnswer<never> {
  return { kind: 'failed', throttled: false, code, message, ...(foreign && { foreign }) };
}

/** Text from a ledger or a cloud that must not become part of a path: nothing is sent. */
export function badId(id: string): Explained {
  return { code: 'BAD_ID', message: `"${id.slice(0, 40)}" is not an IMS id` };
}

/** An IMS job as read by GET. */
export interface ImsJob {
  readonly id: string;
  /** A word that IMS does not document is `other`: poll again. */
  readonly status: 'INIT' | 'RUNNING' | 'SUCCESS' | 'FAIL' | 'other';
  /** The word on the wire. */
  readonly statusWord: string;
  /** 0 to 1; many jobs have none. */
  readonly progress?: number;
  /** The main image; appears before SUCCESS or with it. */
  readonly imageId?: string;
  /** Further images of the same IMS job (data disks, OVA). */
  readonly otherImageIds: readonly string[];
  /** When it ended, by IMS's clock. Milliseconds since 1970. */
  readonly endedAt?: number;
  readonly error?: Explained;
}

/** An image as IMS lists it. */
export interface ImsImage {
  readonly id: string;
  readonly name: string;
  /** queued, saving, active, killed, deleted, or a word of the future. */
  readonly status: string;
  readonly owner: string;
  /** Raw: `k=v`, `k.v` or `k`. */
  readonly tags: readonly string[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** `file,<image_url>` for imports, `image,…` for copies. */
  readonly dataOrigin?: string;
  readonly minDisk?: number;
  /** Absent if IMS does not say. */
  readonly kind?: 'system' | 'data';
  /** Nobody may delete it; absent if IMS does not say. */
  readonly isProtected?: boolean;
  /** Other projects see it, or it is public. */
  readonly isShared?: boolean;
  /** Of its file in IMS. */
  readonly sizeBytes?: number;
  /** `__description`; empty for an image that IMS shows with its own attributes and without one. */
  readonly description?: string;
  readonly details?: ImageDetails;
}

/** What only the check against the request reads. Whatever IMS leaves out is absent, and proves nothing. */
export interface ImageDetails {
  /** FusionCompute, Ironic, IsoImage, DataImage. */
  readonly environment?: string;
  readonly osType?: string;
  readonly osVersion?: string;
  readonly firmware?: string;
  readonly isArm?: boolean;
  readonly cmkId?: string;
  readonly enterpriseProjectId?: string;
  /** Megabytes, as `maxRam`. */
  readonly minRam?: number;
  readonly maxRam?: number;
}

/** An element of the image list that cannot be read as a whole. */
export interface OddImage {
  /** Fields that cannot be read are empty; without an id it is the empty text. */
  readonly image: ImsImage;
  /** Names of the fields that cannot be read. */
  readonly fields: readonly string[];
  /** Import keys found in it behind our marker. */
  readonly markers: readonly ImportKey[];
  /** It contains our marker's name, with or without a key. */
  readonly isMarked: boolean;
}

export interface ImageFilter {
  /** Only images that carry the marker of this import. */
  readonly marker?: ImportKey;
  /** Only images that carry the marker of this copy as a tag. */
  readonly copyMarker?: ImportKey;
  /** Exact name. */
  readonly name?: string;
  readonly id?: string;
  /** As IMS spells it: `saving`. */
  readonly status?: string;
  /** Only images that IMS has not registered yet; otherwise it lists only the others. */
  readonly isUnregistered?: boolean;
  /** An image's own: its images are listed in addition to those of the login's. */
  readonly enterpriseProjectId?: string;
}

/** How many images the project may have. */
export interface Quota {
  readonly used: number;
  /** `Infinity`: there is no limit. */
  readonly quota: number;
}

/** What a create of a copy needs beside its request. */
export interface Copying {
  readonly imageId: string;
  /** Absent: within the region. */
  readonly across?: { readonly region: string; readonly project: string };
  /** The id of the project there. */
  readonly projectId?: string;
}

/** No method throws for what the cloud or the network does. */
export interface ImsClient {
  /**
   * The one POST for one intent, over a connection of its own, never retried. `beforeSend` is called
   * right before the request leaves; if it returns false, nothing is sent (`not-sent`).
   */
  submit(call: {
    readonly session: Session;
    readonly request: ImageRequest;
    /** What a copy is made of and where; any other kind has none. */
    readonly copying?: Copying;
    readonly key: ImportKey;
    readonly timeoutMs: number;
    readonly beforeSend: () => boolean;
  }): Promise<SubmitAnswer>;
  job(jobId: string): Promise<ReadAnswer<ImsJob>>;
  /** The Glance call. It needs a right of its own, and some clouds no longer have it: prefer a list by id. */
  image(imageId: string): Promise<ReadAnswer<ImsImage>>;
  /** All pages of the project's own images, including those it shares. */
  images(filter: ImageFilter): Promise<ReadAnswer<readonly ImsImage[]>>;
  quota(): Promise<ReadAnswer<Quota>>;
}
