/** Where and as whom to log in to IAM. */
export interface CloudConfig {
  /** Identity URL ending in `/v3`, no trailing slash. */
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly userDomainName?: string;
  readonly userDomainId?: string;
  readonly projectName?: string;
  readonly projectId?: string;
  readonly projectDomainName?: string;
  readonly projectDomainId?: string;
  readonly region?: string;
  /** Operator override; else the token's catalog. No trailing slash. */
  readonly imsEndpoint?: string;
  /** Which path asks for an IMS job: `project` is OTC's, `progress` Huawei's newer one. */
  readonly jobApi: 'project' | 'progress';
}

/** An OTLP collector. */
export interface TraceConfig {
  /** Whole URL, ending in `/v1/traces`. */
  readonly url: string;
  readonly serviceName: string;
}

/** Settings that every command shares. All times in milliseconds. */
export interface Config {
  readonly redisUrl: string;
  readonly namespace: string;
  readonly connectTimeoutMs: number;
  readonly logLevel: string;
  readonly maxInFlight: number;
  readonly submitConcurrency: number;
  /** POSTs a minute over all workers; 0 = unlimited. */
  readonly submitRate: number;
  readonly poll: { readonly initialMs: number; readonly minMs: number; readonly maxMs: number };
  readonly lockMs: number;
  readonly unknown: { readonly policy: 'auto' | 'resubmit' | 'hold'; readonly windowMs: number };
  readonly postTimeoutMs: number;
  /** `submit` looks at the quota and the source objects before it registers anything. */
  readonly submitChecks: boolean;
  /** Where a worker keeps the highest generation of the ledger it has seen; absent: in memory only. */
  readonly stateDir?: string;
  /** Plain http off loopback. */
  readonly allowHttp: boolean;
  /** Where traces go; absent: there are none. */
  readonly traces?: TraceConfig;
  /** 32 bytes; without it the key is derived from the password. */
  readonly tokenKey?: Buffer;
}
