import type { Project } from '../options.ts';
import type { User } from './directory.ts';

export type Scope =
  | { readonly kind: 'project'; readonly project: Project }
  | { readonly kind: 'domain' }
  | { readonly kind: 'none' };

/** What a token stands for. Times in epoch milliseconds. */
export interface Session {
  readonly methods: readonly string[];
  readonly user: User;
  readonly scope: Scope;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Who assumed the agency. */
  readonly assumedBy?: User;
}

/** Who calls: the holder of a token, or of a key. */
export type Caller = Pick<Session, 'user' | 'scope'>;
