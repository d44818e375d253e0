import type { Dialect } from '../dialect/dialect.ts';
import type { ArchiveConfig } from './archive-config.ts';
import type { NetworkConfig } from './network-config.ts';
import type { RedisAccess } from './redis-config.ts';

/** An account of IAM ("domain"), by its id or its name. */
export interface DomainRef {
  readonly id?: string;
  readonly name?: string;
}

/** A name is unique in its domain only. */
export interface InDomain extends DomainRef {
  readonly domain?: DomainRef;
}

/** What proves who we are. Never logged, never stored in clear. */
export type Credential =
  | {
      readonly method: 'password';
      readonly user: InDomain;
      readonly password: string;
    }
  /** A token that somebody else has fetched: it cannot be renewed. */
  | { readonly method: 'token'; readonly token: string }
  /** AK/SK: every request is signed, there is no token. */
  | {
      readonly method: 'keys';
      readonly accessKey: string;
      readonly secretKey: string;
      /** Of temporary keys. */
      readonly securityToken?: string;
    };

/** A role in another account that has trusted ours with it. */
export interface Agency {
  readonly name: string;
  /** The account that it belongs to. */
  readonly domain: DomainRef;
}

/** Where and as whom to log in to IAM. */
export interface CloudConfig {
  /** Its name in clouds.yaml; absent: it comes from the environment. */
  readonly name?: string;
  /** Identity URL ending in `/v3`, no trailing slash. */
  readonly authUrl: string;
  readonly credential: Credential;
  readonly agency?: Agency;
  /** Absent only with a token that has a project already. */
  readonly project?: InDomain;
  readonly region?: string;
  /** Which endpoints of the catalog count. */
  readonly interface: 'public' | 'internal' | 'admin';
  /** Operator override; else the catalog. No trailing slash. */
  readonly imsEndpoint?: string;
  /** Which path asks for an IMS job: `project` is OTC's, `progress` Huawei's newer one. */
  readonly jobApi: 'project' | 'progress';
  /** Which of the two clouds this is: `src/shared/dialect` holds what differs. */
  readonly dialect: Dialect;
  /** `0`, a UUID, or `all_granted_eps`: whose images are listed, and where images are created. */
  readonly enterpriseProjectId?: string;
  readonly network: NetworkConfig;
}

/** An OTLP collector. */
export interface TraceConfig {
  /** Whole URL, ending in `/v1/traces`. */
  readonly url: string;
  readonly serviceName: string;
}

/** Settings that every command shares. All times in milliseconds. */
export interface Config {
  /** Checked; docs/redis.md lists its forms. */
  readonly redisUrl: string;
  readonly redis: RedisAccess;
  /** With a cloud it ends with `@` and its name. */
  readonly namespace: string;
  /** The entry of clouds.yaml that is worked for; absent: the cloud of the environment. */
  readonly cloud?: string;
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
  readonly archive: ArchiveConfig;
  /** Plain http off loopback. */
  readonly allowHttp: boolean;
  /** Where traces go; absent: there are none. */
  readonly traces?: TraceConfig;
  /** 32 bytes; without it the key is derived from the password. */
  readonly tokenKey?: Buffer;
}
