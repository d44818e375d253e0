import { CREATE_FAULT_NAMES, type CreateFaults } from './faults/create-faults.ts';
import { READ_FAULT_NAMES, type ReadFaults } from './faults/read-faults.ts';

export type { CreateFaults } from './faults/create-faults.ts';
export type { ReadFaults } from './faults/read-faults.ts';

/** How long an import takes in IMS: always the same, or log-normal around a median. */
export type Duration = number | { readonly median: number; readonly sigma: number };

/** An object in OBS. */
export interface ObsObject {
  /** @default 1 GiB */
  readonly size?: number;
  /** Absent means Standard, the only class IMS imports from. */
  readonly storageClass?: 'WARM' | 'COLD';
  readonly etag?: string;
  /** 404: not there; 403: not ours. */
  readonly status?: 200 | 403 | 404;
}

export type When = 'init' | 'running' | 'end';

/**
 * Everything that can be switched. The defaults are what the documentation says or what is most
 * likely; switches are for what it leaves open.
 */
export interface SimulatorOptions {
  readonly port: number;
  readonly host: string;
  readonly seed: number;
  readonly username: string;
  readonly password: string;
  /** Of OBS, and AK/SK of IAM. */
  readonly accessKey: string;
  readonly secretKey: string;
  /** Keys that are good together with this token only. */
  readonly temporaryAccessKey: string;
  readonly temporarySecretKey: string;
  readonly securityToken: string;
  readonly domain: string;
  /** An agency of another account, which trusts the user with the project. */
  readonly agencyName: string;
  readonly agencyDomain: string;
  /** By which field a login calls it; other clouds use the other one. */
  readonly agencySpelling: 'both' | 'xrole_name' | 'agency_name';
  /** The user needs a second factor. */
  readonly mfa: boolean;
  /** What the catalog holds: everything, no image service, nothing. */
  readonly catalog: 'full' | 'noImage' | 'empty';
  readonly project: string;
  readonly projectId: string;
  readonly region: string;
  readonly tokenLifeMs: number;
  /** Failed logins after which the account is locked. */
  readonly lockAfter: number;
  /** How long it stays locked. */
  readonly lockMs: number;
  /** Milliseconds an import takes, from its start to its end. */
  readonly durationMs: Duration;
  /** Share of the duration that a job stays in INIT. */
  readonly initShare: number;
  /** Share of the imports that fail in their IMS job. */
  readonly failShare: number;
  /** Images that come out of an OVA. */
  readonly ovaImages: number;
  /** How long IMS knows a job after its end; 0 = for ever. */
  readonly jobRetentionMs: number;
  /** Milliseconds added to every answer. */
  readonly latencyMs: number;
  /** IMS: 40 creations at once a tenant. */
  readonly taskLimit: number;
  /** What happens to task number limit + 1: IMG.0060, or it waits in INIT. */
  readonly overLimit: 'refuse' | 'queue';
  readonly imageQuota: number;
  /** Requests a second before the gateway throttles; 0 = never. */
  readonly rateLimitPerSecond: number;
  /** Seconds in the `Retry-After` of a 429; 0 = no such header. */
  readonly retryAfter: number;
  /** Creates answer IMG.0026. */
  readonly permissionDenied: boolean;
  /** HTTP status of IMG.0026: 403 on OTC, 400 on Huawei. */
  readonly permissionStatus: 400 | 403;
  readonly namesUnique: boolean;
  readonly tagsVisibleAt: When;
  /** Milliseconds from acceptance until the list shows the image. */
  readonly listingDelayMs: number;
  readonly imageIdAt: When;
  readonly failedLeaves: 'killed' | 'nothing';
  readonly unknownJob: '404' | 'IMG.0023';
  /** GET /v2/cloudimages names the next page in `next`. */
  readonly listNextLink: boolean;
  readonly oldTimeFormat: boolean;
  /** Smallest min_disk of a system disk: 1 or 40. */
  readonly minDiskLower: number;
  /** Smallest min_disk of a data disk: 1 or 40; 0 = as for a system disk. */
  readonly dataMinDiskLower: number;
  readonly gatewayPrefix: 'APIGW' | 'APIG';
  readonly emptyEndTime: '' | null;
  readonly tagForm: 'k=v' | 'k.v';
  /** The largest page of GET /v2/cloudimages, whatever `limit` asks for. */
  readonly largestPage: number;
  /** Which of the two job paths exist. */
  readonly jobApis: 'both' | 'project' | 'progress';
  /** Objects by `bucket/key`; what is not named here exists, unless its key holds `missing`. */
  readonly objects: Readonly<Record<string, ObsObject>>;
  readonly createFaults: CreateFaults;
  readonly readFaults: ReadFaults;
  /** Kinds of reads that faults may strike, by their names in the statistics; empty = all. */
  readonly readFaultsOn: readonly string[];
  /** Where a redirect leads. */
  readonly redirectTo: string;
  /** Every accepted create as a line of JSON, appended here. Empty: none. */
  readonly logFile: string;
}

export const DEFAULT_OPTIONS: SimulatorOptions = {
  port: 0,
  host: '127.0.0.1',
  seed: 1,
  username: 'demo',
  password: 'demo-password',
  accessKey: 'DEMOACCESSKEY0000001',
  secretKey: 'demo-secret-key-of-obs',
  temporaryAccessKey: 'DEMOTEMPORARYKEY0001',
  temporarySecretKey: 'demo-temporary-secret-key',
  securityToken: 'demo-security-token-of-the-temporary-keys',
  domain: 'OTC00000000001000000001',
  agencyName: 'migration',
  agencyDomain: 'OTC00000000001000000002',
  agencySpelling: 'both',
  mfa: false,
  catalog: 'full',
  project: 'eu-de_demo',
  projectId: '0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6',
  region: 'eu-de',
  tokenLifeMs: 86_400_000,
  lockAfter: 5,
  lockMs: 900_000,
  durationMs: { median: 4000, sigma: 0.4 },
  initShare: 0.1,
  failShare: 0,
  ovaImages: 2,
  jobRetentionMs: 0,
  latencyMs: 0,
  taskLimit: 40,
  overLimit: 'refuse',
  imageQuota: 100_000,
  rateLimitPerSecond: 0,
  retryAfter: 0,
  permissionDenied: false,
  permissionStatus: 403,
  namesUnique: false,
  tagsVisibleAt: 'init',
  listingDelayMs: 0,
  imageIdAt: 'running',
  failedLeaves: 'killed',
  unknownJob: '404',
  listNextLink: false,
  oldTimeFormat: false,
  minDiskLower: 1,
  dataMinDiskLower: 0,
  gatewayPrefix: 'APIGW',
  emptyEndTime: '',
  tagForm: 'k=v',
  largestPage: 1000,
  jobApis: 'both',
  objects: {},
  createFaults: { ...zeros(CREATE_FAULT_NAMES), lateMs: 1000 },
  readFaults: { ...zeros(READ_FAULT_NAMES), dripMs: 50, oversizeBytes: 50_000_000, staleMs: 5000 },
  readFaultsOn: [],
  redirectTo: 'http://127.0.0.1:9/elsewhere',
  logFile: '',
};

/** The words a switch may have. */
export const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  overLimit: ['refuse', 'queue'],
  permissionStatus: [400, 403],
  tagsVisibleAt: ['init', 'running', 'end'],
  imageIdAt: ['init', 'running', 'end'],
  failedLeaves: ['killed', 'nothing'],
  unknownJob: ['404', 'IMG.0023'],
  gatewayPrefix: ['APIGW', 'APIG'],
  emptyEndTime: ['', null],
  tagForm: ['k=v', 'k.v'],
  jobApis: ['both', 'project', 'progress'],
  agencySpelling: ['both', 'xrole_name', 'agency_name'],
  catalog: ['full', 'noImage', 'empty'],
};

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
