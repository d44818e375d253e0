import { z } from 'zod';
import type { SimulatorOptions } from '../options.ts';
import type { IssuedToken, Scope } from './accounts.ts';

export const USER_ID = '93e12ecc2b9c4c1c8a4d3a2f1b0c9d8e';
export const DOMAIN_ID = 'd78cbac186b744899480f25bd022f468';
export const AGENCY_DOMAIN_ID = 'a1f0c3d5e7b9482f9d6c1e3a5b7c9d0e';

const reference = z.object({ name: z.string().optional(), id: z.string().optional() });
const named = reference.extend({ domain: reference.optional() });
const role = z.object({
  domain_id: z.string().optional(),
  domain_name: z.string().optional(),
  xrole_name: z.string().optional(),
  agency_name: z.string().optional(),
});
const loginSchema = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()).min(1),
      password: z.object({ user: named.extend({ password: z.string() }) }).optional(),
      token: z.object({ id: z.string() }).optional(),
      assume_role: role.optional(),
    }),
    scope: z.object({ project: named.optional(), domain: reference.optional() }).optional(),
  }),
});

export type Method = 'password' | 'token' | 'assume_role';

export type LoginVerdict =
  | {
      readonly kind: 'welcome';
      readonly scope: Scope;
      readonly method: Method;
      /** Not later than the token that it was made of. */
      readonly until?: number;
    }
  | { readonly kind: 'bad request' | 'wrong password' | 'no such scope' | 'mfa' | 'not known' };

/** What else counts beside the body of a login. */
export interface LoginFacts {
  readonly options: SimulatorOptions;
  /** A token that is still good. */
  readonly tokenOf: (token: string) => IssuedToken | undefined;
  /** Who asks has proven who they are: by a token of theirs, or by a signature. */
  readonly isProven: boolean;
}

/** What IAM makes of the body of a login. */
export function judgeLogin(body: unknown, facts: LoginFacts): LoginVerdict {
  const parsed = loginSchema.safeParse(body);
  if (!parsed.success) return { kind: 'bad request' };
  const { identity, scope } = parsed.data.auth;
  const { options } = facts;
  const { methods } = identity;
  if (methods.includes('password') && identity.password) {
    if (!isUser(identity.password.user, options)) return { kind: 'wrong password' };
    if (options.mfa) return { kind: 'mfa' };
    return scoped(scope, { method: 'password', account: ownAccount(options) }, options);
  }
  if (methods.includes('token') && identity.token) {
    const known = facts.tokenOf(identity.token.id);
    if (!known) return { kind: 'not known' };
    const way = { method: 'token', account: ownAccount(options), until: known.until } as const;
    return scoped(scope, way, options);
  }
  if (methods.includes('assume_role') && identity.assume_role) {
    return judgeRole(identity.assume_role, scope, facts);
  }
  return { kind: 'bad request' };
}

type Wanted = z.infer<typeof loginSchema>['auth']['scope'];

/** OTC calls the agency by `xrole_name`, Huawei by `agency_name`. */
function judgeRole(
  { domain_id: id, domain_name, xrole_name, agency_name }: z.infer<typeof role>,
  scope: Wanted,
  { options, isProven }: LoginFacts,
): LoginVerdict {
  const { agencySpelling } = options;
  const name =
    (agencySpelling === 'agency_name' ? undefined : xrole_name) ??
    (agencySpelling === 'xrole_name' ? undefined : agency_name);
  if (name === undefined) return { kind: 'bad request' };
  if (!isProven) return { kind: 'not known' };
  const account = { id: AGENCY_DOMAIN_ID, name: options.agencyDomain };
  const isThere = id === undefined ? domain_name === account.name : id === account.id;
  if (!isThere || name !== options.agencyName) return { kind: 'no such scope' };
  return scoped(scope, { method: 'assume_role', account }, options);
}

interface Account {
  readonly id: string;
  readonly name: string;
}

function ownAccount(options: SimulatorOptions): Account {
  return { id: DOMAIN_ID, name: options.domain };
}

function scoped(
  scope: Wanted,
  way: { readonly method: Method; readonly account: Account; readonly until?: number },
  options: SimulatorOptions,
): LoginVerdict {
  const { account, ...how } = way;
  const welcome = (kind: Scope): LoginVerdict => ({ kind: 'welcome', scope: kind, ...how });
  if (scope?.project) {
    return isProject(scope.project, account, options) ? welcome('project') : NO_SCOPE;
  }
  if (scope?.domain) return isAccount(scope.domain, account) ? welcome('domain') : NO_SCOPE;
  return welcome('none');
}

const NO_SCOPE = { kind: 'no such scope' } as const;

type Reference = z.infer<typeof reference>;
type Named = z.infer<typeof named>;

function isUser(user: Named & { password: string }, options: SimulatorOptions): boolean {
  const isKnown =
    user.id === undefined
      ? user.name === options.username && isAccount(user.domain ?? {}, ownAccount(options))
      : user.id === USER_ID;
  return isKnown && user.password === options.password;
}

function isAccount({ id, name }: Reference, account: Account): boolean {
  return id === undefined ? name === account.name : id === account.id;
}

/** A name is enough where it is unique in the user's domain. */
function isProject(
  { id, name, domain }: Named,
  account: Account,
  options: SimulatorOptions,
): boolean {
  if (id !== undefined) return id === options.projectId;
  return name === options.project && (domain === undefined || isAccount(domain, account));
}
