/** How long an import takes in IMS: always the same, or log-normal around a median. */
export type Duration = number | { readonly median: number; readonly sigma: number };

/** What can go wrong with a create. Shares of all creates, 0 to 1, drawn with the seed. */
export interface CreateFaults {
  /** The connection is cut and nothing is created. */
  readonly dropBefore: number;
  /** Accepted, then the connection is cut: the answer is lost. */
  readonly dropAfter: number;
  /** The connection is cut; accepted `lateMs` later. */
  readonly lateAccept: number;
  readonly lateMs: number;
  /** 500 with an HTML page, nothing created. */
  readonly http500: number;
  /** 504 of the gateway, and yet accepted. */
  readonly http504Accepted: number;
  /** 200 with an HTML page, and yet accepted. */
  readonly htmlAccepted: number;
  /** 200 without a job id, nothing created. */
  readonly noJobId: number;
  /** 429 of the gateway. */
  readonly throttle: number;
  /** 307 to another host. */
  readonly redirect: number;
  /** Never answers; nothing created. */
  readonly hang: number;
}

/** What can go wrong with a read. */
export interface ReadFaults {
  readonly http500: number;
  readonly html: number;
  readonly drop: number;
  readonly throttle: number;
}

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
  readonly domain: string;
  readonly project: string;
  readonly projectId: string;
  readonly region: string;
  readonly tokenLifeMs: number;
  /** Failed logins after which the account is locked. */
  readonly lockAfter: number;
  /** Milliseconds an import takes, from acceptance to its end. */
  readonly duration: Duration;
  /** Share of the duration that a job stays in INIT. */
  readonly initShare: number;
  /** Milliseconds added to every answer. */
  readonly latencyMs: number;
  /** IMS: 40 creations at once a tenant. */
  readonly taskLimit: number;
  /** What happens to task number limit + 1. */
  readonly overLimit: 'refuse' | 'queue';
  readonly imageQuota: number;
  /** Requests a second before the gateway throttles; 0 = never. */
  readonly rateLimit: number;
  /** Seconds in the `Retry-After` of a 429; 0 = no such header. */
  readonly retryAfter: number;
  readonly namesUnique: boolean;
  readonly tagsVisibleAt: 'init' | 'running' | 'end';
  /** Milliseconds from acceptance until the list shows the image. */
  readonly listingDelayMs: number;
  readonly imageIdAt: 'init' | 'running' | 'end';
  readonly failedLeaves: 'killed' | 'nothing';
  readonly unknownJob: '404' | 'IMG.0023';
  readonly oldTimeFormat: boolean;
  readonly minDiskLower: number;
  readonly permissionStatus: 400 | 403;
  readonly gatewayPrefix: 'APIGW' | 'APIG';
  readonly emptyEndTime: '' | null;
  readonly tagForm: 'k=v' | 'k.v';
  /** The largest page of GET /v2/cloudimages, whatever `limit` asks for. */
  readonly largestPage: number;
  /** Which of the two job paths exist. */
  readonly jobApis: 'both' | 'project' | 'progress';
  readonly createFaults: CreateFaults;
  readonly readFaults: ReadFaults;
  /** Every accepted create as a line of JSON, appended here. Empty: none. */
  readonly logFile: string;
}

export const DEFAULT_OPTIONS: SimulatorOptions = {
  port: 0,
  host: '127.0.0.1',
  seed: 1,
  username: 'demo',
  password: 'demo-password',
  domain: 'OTC00000000001000000001',
  project: 'eu-de_demo',
  projectId: '0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6',
  region: 'eu-de',
  tokenLifeMs: 86_400_000,
  lockAfter: 5,
  duration: { median: 4000, sigma: 0.4 },
  initShare: 0.1,
  latencyMs: 0,
  taskLimit: 40,
  overLimit: 'refuse',
  imageQuota: 100_000,
  rateLimit: 0,
  retryAfter: 0,
  namesUnique: false,
  tagsVisibleAt: 'init',
  listingDelayMs: 0,
  imageIdAt: 'running',
  failedLeaves: 'killed',
  unknownJob: '404',
  oldTimeFormat: false,
  minDiskLower: 1,
  permissionStatus: 403,
  gatewayPrefix: 'APIGW',
  emptyEndTime: '',
  tagForm: 'k=v',
  largestPage: 1000,
  jobApis: 'both',
  createFaults: {
    dropBefore: 0,
    dropAfter: 0,
    lateAccept: 0,
    lateMs: 1000,
    http500: 0,
    http504Accepted: 0,
    htmlAccepted: 0,
    noJobId: 0,
    throttle: 0,
    redirect: 0,
    hang: 0,
  },
  readFaults: { http500: 0, html: 0, drop: 0, throttle: 0 },
  logFile: '',
};
