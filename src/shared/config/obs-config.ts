import type { NetworkConfig } from './network-config.ts';

/** How to talk to OBS: not needed to import, only to look at objects and to list buckets. */
export interface ObsConfig {
  /** Base URL without a trailing slash. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary keys. */
  readonly securityToken?: string;
  readonly network: NetworkConfig;
}
