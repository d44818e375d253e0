import type { Project } from '../options.ts';
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
