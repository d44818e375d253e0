import type { Project, SimulatorOptions } from '../options.ts';
import type { User } from './directory.ts';

export type Scope =
  | { readonly kind: 'project'; readonly project: Project }
  | { readonly kind: 'domain' }
  | { readonly kind: 'none' };

/** The session of a token. Times in epoch milliseconds. */
export interface Session {
  readonly methods: readonly string[];
  readonly user: User;
  readonly scope: Scope;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Who assumed the agency. */
  readonly assumedBy?: User;
}

/** The caller: the holder of a token, or of a key. */
export type Caller = Pick<Session, 'user' | 'scope'>;

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
