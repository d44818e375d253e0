/** How the services are reached over the network. */
export interface NetworkConfig {
  /** PEM, beside Node's own CAs. */
  readonly ca?: string;
  /** PEM. */
  readonly client?: { readonly cert: string; readonly key: string };
  readonly proxy?: { readonly https?: string; readonly http?: string; readonly noProxy?: string };
}
