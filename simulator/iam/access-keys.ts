import type { SimulatorOptions } from '../options.ts';

/** An access key of IAM and OBS. */
export interface KnownKey {
  readonly secretKey: string;
  /** Of temporary keys: the token that must be sent beside the signature. */
  readonly securityToken?: string;
}

export function keyOf(accessKey: string, options: SimulatorOptions): KnownKey | undefined {
  if (accessKey === options.accessKey) return { secretKey: options.secretKey };
  const { temporaryKeys } = options;
  return accessKey === temporaryKeys.accessKey ? temporaryKeys : undefined;
}
