import type { CreateFaults, ReadFaults } from './faults/faults.ts';
import type { Right } from './ims/rights.ts';
import type { CallName } from './server/call-names.ts';

/** How long an import takes in IMS: always the same, or log-normal around a median. */
export type Duration =
  | number
  | {
      readonly median: number;
      readonly sigma: number;
      /** Added to the median for each gigabyte of the object. @default 0 */
      readonly perGigabyte?: number;
    };

/** A server of ECS. */
export interface Server {
  readonly id: string;
  readonly name: string;
  readonly imageId: string;
}

/** An object in OBS. */
export interface ObsObject {
  /** @default that of its content, 1 GiB without one */
  readonly size?: number;
  /** Absent means Standard, the only class IMS imports from. */
  readonly storageClass?: 'WARM' | 'COLD';
  readonly etag?: string;
  /** Size of the disk in it. @default that of the file */
  readonly disk?: number;
  /** What it begins with, in base64. @default an empty disk in the format of its name */
  readonly content?: string;
  /** With `content`: what it ends with, in base64. */
  readonly end?: string;
  /** 404: does not exist; 403: belongs to others. */
  readonly status?: 200 | 403 | 404;
}

export type When = 'init' | 'running' | 'end';

/** An answer chosen by its code. */
export interface CodedAnswer {
  readonly code: string;
  /** Absent: the documented one of the code. */
  readonly status?: number;
  readonly message?: string;
  /** For creates: accepted nevertheless, before this answer is sent. */
  readonly accepted?: boolean;
}

/** A code alone (`IMG.0074`, `APIGW.0101`, `503`), or with the rest of the answer. */
export type Answers = Readonly<Partial<Record<CallName, string | CodedAnswer>>>;

export const STATES = ['queued', 'saving', 'active', 'killed'] as const;
export type StatusWords = Readonly<Partial<Record<(typeof STATES)[number], string>>>;

export type Interface = 'public' | 'internal' | 'admin';

/** What differs between the clouds: limits, and the table of operating systems. */
export type Dialect = 'otc' | 'huawei';

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly region: string;
}

/** An agency by which another account delegates to the user. */
export interface Agency {
  readonly name: string;
  /** The account that delegates: its name and its id. */
  readonly domain: string;
  readonly domainId: string;
  /** The projects that its tokens may be scoped to. */
  readonly projects: readonly Project[];
}

/** A key pair that counts only together with its token. */
export interface TemporaryKeys {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly securityToken: string;
}

/** Certificate and key of a TLS server; all in PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Signs the certificates of clients. */
  readonly ca?: string;
  /** Clients without a certificate of `ca` are turned away. @default false */
  readonly requestCert?: boolean;
}

/**
 * All switches. The defaults follow the documentation, or what is most
 * likely where it leaves something open.
 */
export interface SimulatorOptions {
  readonly port: number;
  /** An address or a name of this machine; `::1` works. */
  readonly host: string;
  /** Absent: plain http. */
  readonly tls?: ServerTls;
  readonly seed: number;
  readonly username: string;
  readonly password: string;
  /** Of IAM (SDK-HMAC-SHA256) and of OBS. */
  readonly accessKey: string;
  readonly secretKey: string;
  readonly temporaryKeys: TemporaryKeys;
  readonly domain: string;
  /** The first project, and its region. */
  readonly project: string;
  readonly projectId: string;
  readonly region: string;
  /** More projects of the user. */
  readonly projects: readonly Project[];
  readonly agency: Agency;
  /** How a login must spell the name of the agency. */
  readonly agencySpelling: 'both' | 'xrole_name' | 'agency_name';
  /** The user may assume agencies. */
  readonly agentOperator: boolean;
  /** A password is not enough for the user. */
  readonly mfa: boolean;
  /** A login that lacks the passcode is answered with a receipt, as Keystone does. */
  readonly mfaReceipt: boolean;
  /** Contents of the catalog: everything, nothing, all but IMS, or everything among odd entries. */
  readonly catalog: 'full' | 'none' | 'noImage' | 'odd';
  /** The interfaces of each endpoint of the catalog, in this order. */
  readonly catalogInterfaces: readonly Interface[];
  readonly tokenLifeMs: number;
  /** Failed logins after which the account is locked. */
  readonly lockAfter: number;
  /** How long it stays locked. */
  readonly lockMs: number;
  /** Milliseconds an import takes, from its start to its end. */
  readonly durationMs: Duration;
  /** Share of the imports whose IMS job fails. */
  readonly failShare: number;
  /** Images that come out of an OVA. */
  readonly ovaImages: number;
  /** How long IMS knows a job after its end; 0 = indefinitely. */
  readonly jobRetentionMs: number;
  /** Milliseconds added to every answer. */
  readonly latencyMs: number;
  /** IMS: 40 creations at once per tenant. */
  readonly taskLimit: number;
  /** What happens to a task beyond the limit: IMG.0060, or it waits in INIT. */
  readonly overLimit: 'refuse' | 'queue';
  /** IMS: copies at once. */
  readonly copyLimit: number;
  /** Copies get the tags of their source. */
  readonly copyTags: boolean;
  /** Lists show the description and the origin of copies. */
  readonly copyDescriptions: boolean;
  readonly copyOrigins: boolean;
  /** Agencies by which images may be copied to other regions. */
  readonly copyAgencies: readonly string[];
  /** -1: unlimited. */
  readonly imageQuota: number;
  /** With how many projects an image can be shared. */
  readonly memberLimit: number;
  /** Requests per second before the gateway throttles; 0 = no limit. */
  readonly rateLimitPerSecond: number;
  /** Seconds in the `Retry-After` of a 429; 0 = no such header. */
  readonly retryAfter: number;
  readonly dialect: Dialect;
  /** Rights that the user does not have: `ims:images:get`. */
  readonly missingRights: readonly Right[];
  /** The user has rights in this enterprise project only. Empty: in the whole project. */
  readonly onlyEnterpriseProject: string;
  /** The enterprise projects of the account, beside the default one (`0`). */
  readonly enterpriseProjects: readonly string[];
  /** Name of a call → the code with which it is always answered. */
  readonly answers: Answers;
  /** HTTP status of IMG.0026: 403 on OTC, 400 on Huawei. */
  readonly permissionStatus: 400 | 403;
  readonly namesUnique: boolean;
  readonly tagsVisibleAt: When | 'never';
  /** When `__isregistered` becomes true: lists show only such images, unless a filter requests others. */
  readonly registeredAt: When;
  /** Milliseconds from acceptance until the list shows the image. */
  readonly listingDelayMs: number;
  readonly imageIdAt: When;
  readonly failedLeaves: 'killed' | 'nothing';
  /** The error code of IMS jobs that fail. */
  readonly failCode: string;
  /** Other words for the states of images: `{"saving": "importing"}`. */
  readonly statusWords: StatusWords;
  readonly unknownJob: '404' | 'IMG.0023';
  /** GET /v2/cloudimages names the next page in `next`. */
  readonly listNextLink: boolean;
  readonly oldTimeFormat: boolean;
  /** Smallest min_disk of a system disk: 1 or 40. */
  readonly minDiskLower: number;
  readonly gatewayPrefix: 'APIGW' | 'APIG';
  readonly emptyEndTime: '' | null;
  readonly tagForm: 'k=v' | 'k.v';
  /** The largest page of GET /v2/cloudimages, whatever `limit` is. */
  readonly largestPage: number;
  /** Running jobs report `process_percent`. */
  readonly jobProgress: boolean;
  /** The field with the image id in the job of a data disk; the second in older versions of OTC. */
  readonly dataImageField: 'image_id' | '__data_images';
  /** Which of the two job paths exist. */
  readonly jobApis: 'both' | 'project' | 'progress';
  /** Servers of the project, and the image from which each was made. */
  readonly servers: readonly Server[];
  /** Objects by `bucket/key`; all others exist, too, unless the key contains `missing`. */
  readonly objects: Readonly<Record<string, ObsObject>>;
  /** By the name of an image: attributes that it gets whatever was requested, as where IMS detects another system. */
  readonly comesOutAs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** A folder with objects besides: `FOLDER/BUCKET/KEY`. Empty: none. */
  readonly objectsFolder: string;
  readonly createFaults: CreateFaults;
  readonly readFaults: ReadFaults;
  /** Kinds of reads that faults may strike, by their names in the statistics; empty = all. */
  readonly readFaultsOn: readonly string[];
  /** Where a redirect leads. */
  readonly redirectTo: string;
  /** A file for all accepted creates, one line of JSON each. Empty: none. */
  readonly logFile: string;
  /** A file for images, jobs and tokens, to continue with after the next start. Empty: none. */
  readonly stateFile: string;
}
