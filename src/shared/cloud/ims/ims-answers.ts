import type { StopReason } from '../../dialect/verdict.ts';
import type { ImageRequest } from '../../image/image-request.ts';
import type { ImportKey } from '../../image/import-key.ts';
import type { SignedCall } from '../iam/sign-call.ts';

/** What a login gives: everything that a call to IMS needs. Never logged, never stored in clear. */
export interface Session {
  /** The headers that prove who calls: a token, or a signature of exactly this call. */
  readonly authorize: (call: SignedCall) => Readonly<Record<string, string>>;
  /** Names the token in logs and in compare-and-delete without telling it. */
  readonly fingerprint: string;
  readonly projectId: string;
  /** Base URL of IMS without a trailing slash. */
  readonly imsEndpoint: string;
  /** Milliseconds since 1970, by the local clock. */
  readonly expiresAt: number;
  /** Entries of the catalog that could not be read, and may have been of IMS. */
  readonly unread?: number;
}

export interface Sessions {
  /**
   * The shared session; logs in when there is none.
   * @throws LoginRefusedError when IAM refused this login (also when it did so minutes ago)
   * @throws CloudError when IAM cannot be reached or answers nonsense
   */
  get(): Promise<Session>;
  /**
   * Forgets this session everywhere, unless a newer one has taken its place. `foreign`: something else than the
   * cloud has refused it; then only where it is a minute old.
   */
  invalidate(session: Session, by?: 'own' | 'foreign'): Promise<void>;
}

/** The answers to a create, sorted by what they prove (never by HTTP status alone). */
export type SubmitAnswer =
  | { readonly kind: 'accepted'; readonly jobId: string; readonly requestId?: string }
  | ({ readonly kind: 'refused'; readonly nameExists: boolean } & Explained)
  | ({
      /** IMS did not see it, or says that it did nothing: pending again. */
      readonly kind: 'not-sent';
      readonly cause: 'network' | 'throttled' | 'token';
      readonly retryAfterMs?: number;
    } & Explained)
  | ({ readonly kind: 'stop'; readonly reason: StopReason } & Explained)
  | ({
      /** It may or may not have been accepted. */
      readonly kind: 'unclear';
      /** IMS or its gateway has named this code, with a status that says no: no 5xx, no time-out, no page. */
      readonly isCoded?: boolean;
    } & Foreign &
      Explained);

/** Beside an answer that settles nothing. */
export interface Foreign {
  /** It is not in a shape of IMS or its gateway: something in between has answered. */
  readonly foreign?: boolean;
  readonly retryAfterMs?: number;
}

/** A service's words, and ours. */
export interface Explained {
  /** `IMG.0057`, `APIGW.0308`, or our own word such as `TIMEOUT`. */
  readonly code: string;
  readonly message: string;
  /** What to do next. */
  readonly advice?: string;
  readonly requestId?: string;
}

/** The answer to a read. `failed` says nothing about the thing that was asked for. */
export type ReadAnswer<T> =
  | {
      readonly kind: 'ok';
      readonly value: T;
      /** Of a list: elements of it that could not be read, if any. They are not in `value`. */
      readonly odd?: readonly OddImage[];
      /** The server's Date header, in milliseconds since 1970. */
      readonly serverTime?: number;
    }
  | ({ readonly kind: 'not-found' } & Explained)
  | ({
      readonly kind: 'failed';
      /** The gateway or IMS asks for fewer calls. */
      readonly throttled: boolean;
      /** Of a list: that of the enterprise project which one image names. It says nothing about the others. */
      readonly isOwn?: boolean;
    } & Foreign &
      Explained);

/** An IMS job as read by GET. */
export interface ImsJob {
  readonly id: string;
  /** A word that IMS does not document is `other`: poll again. */
  readonly status: 'INIT' | 'RUNNING' | 'SUCCESS' | 'FAIL' | 'other';
  /** The word on the wire. */
  readonly statusWord: string;
  /** 0 to 1; many jobs do not tell. */
  readonly progress?: number;
  /** The main image; appears before SUCCESS or with it. */
  readonly imageId?: string;
  /** Further images of the same IMS job (data disks, OVA). */
  readonly otherImageIds: readonly string[];
  /** When IMS says that it ended, by its own clock. Milliseconds since 1970. */
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
  /** What it is for; absent where IMS does not say. */
  readonly kind?: 'system' | 'data';
}

/** An element of the image list that cannot be read, and what can be of it. */
export interface OddImage {
  /** Fields that cannot be read are empty; without an id it is the empty text. */
  readonly image: ImsImage;
  /** Names of the fields that cannot be read. */
  readonly fields: readonly string[];
  /** Keys of imports that stand in it behind our marker. */
  readonly markers: readonly ImportKey[];
  /** Our marker's name stands in it, with a key or without. */
  readonly isMarked: boolean;
}

export interface ImageFilter {
  /** Only images that carry the marker of this import. */
  readonly marker?: ImportKey;
  /** Exact name. */
  readonly name?: string;
  readonly id?: string;
  /** As IMS spells it: `saving`. */
  readonly status?: string;
  /** Images that IMS has not registered yet; it lists only the others unless this is asked for. */
  readonly isUnregistered?: boolean;
  /** Of an image that names one itself: its images are listed beside those of the login's. */
  readonly enterpriseProjectId?: string;
}

/** How many images the project may have. */
export interface Quota {
  readonly used: number;
  /** `Infinity`: there is no limit. */
  readonly quota: number;
}

/** IMS, spoken to by value: no method throws for what the cloud or the network does. */
export interface ImsClient {
  /**
   * The one POST for one intent, over a connection of its own, never retried. `beforeSend` is asked
   * right before the request leaves; when it says false nothing is sent (`not-sent`).
   */
  submit(call: {
    readonly session: Session;
    readonly request: ImageRequest;
    readonly key: ImportKey;
    readonly timeoutMs: number;
    readonly beforeSend: () => boolean;
  }): Promise<SubmitAnswer>;
  job(jobId: string): Promise<ReadAnswer<ImsJob>>;
  /** The Glance call. Needs a right of its own, and some clouds have it no more: a list by id comes first. */
  image(imageId: string): Promise<ReadAnswer<ImsImage>>;
  /** All pages of the project's own images, also those shared out. */
  images(filter: ImageFilter): Promise<ReadAnswer<readonly ImsImage[]>>;
  quota(): Promise<ReadAnswer<Quota>>;
}

const CLOUD_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** True for what may stand as an id in a URL path: IMS job and image ids, project ids. */
export function isCloudId(text: string): boolean {
  return CLOUD_ID.test(text);
}
