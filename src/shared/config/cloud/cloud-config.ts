import type { Dialect } from '../../dialect/dialect.ts';

/** An account of IAM ("domain"), by its id or its name. */
export interface DomainRef {
  readonly id?: string;
  readonly name?: string;
}

/** A name is unique within its domain only. */
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
  /** A token that was obtained elsewhere: it cannot be renewed. */
  | { readonly method: 'token'; readonly token: string }
  /** AK/SK: every request is signed, there is no token. */
  | ({ readonly method: 'keys' } & Keys);

export interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary keys. */
  readonly securityToken?: string;
}

/** A role in another account, which has delegated it to ours. */
export interface Agency {
  readonly name: string;
  /** The account that it belongs to. */
  readonly domain: DomainRef;
}

/** How the services are reached over the network. */
export interface NetworkConfig {
  /** PEM, in addition to the CAs that Node knows. */
  readonly ca?: string;
  /** Our certificate and its key, in PEM. */
  readonly client?: { readonly cert: string; readonly key: string };
  readonly proxy?: ProxyConfig;
}

/** Proxies by the scheme of the endpoint; their URLs may hold a password. */
export interface ProxyConfig {
  readonly https?: string;
  readonly http?: string;
  /** Hosts that are reached without a proxy, in curl's notation. */
  readonly noProxy: string;
}

/** Where and as whom to log in to IAM. */
export interface CloudConfig {
  /** Its name in clouds.yaml; absent: it comes from the environment. */
  readonly name?: string;
  /** Identity URL ending in `/v3`, no trailing slash. */
  readonly authUrl: string;
  readonly credential: Credential;
  readonly agency?: Agency;
  /** Absent only with a token that already has a project. */
  readonly project?: InDomain;
  readonly region?: string;
  /** Which endpoints of the catalog to use. */
  readonly interface: 'public' | 'internal' | 'admin';
  /** Overrides the catalog. No trailing slash. */
  readonly imsEndpoint?: string;
  /** Where ECS is, instead of the catalog; without version. */
  readonly ecsEndpoint?: string;
  /** The path of an IMS job: `project` is OTC's, `progress` Huawei's newer one. */
  readonly jobApi: 'project' | 'progress';
  /** Which of the two clouds this is: `src/shared/dialect` holds what differs. */
  readonly dialect: Dialect;
  /** `0`, a UUID, or `all_granted_eps`: whose images are listed, and where images are created. */
  readonly enterpriseProjectId?: string;
  readonly network: NetworkConfig;
}

/** How to reach OBS: not needed to import, only to check objects and to list buckets. */
export interface ObsConfig extends Keys {
  /** Base URL without a trailing slash. */
  readonly endpoint: string;
  readonly region: string;
  readonly network: NetworkConfig;
}
