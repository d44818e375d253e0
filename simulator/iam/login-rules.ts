import { z } from 'zod';
import type { SimulatorOptions } from '../options.ts';
import {
  agencyDomain,
  agencyUser,
  findProject,
  homeDomain,
  homeUser,
  isDomain,
  USER_ID,
  type User,
} from './directory.ts';
import type { Caller, Scope, Session } from './session.ts';

const reference = z.object({ name: z.string().optional(), id: z.string().optional() });
const named = reference.extend({ domain: reference.optional() });
const text = z.string().optional();

/** The body of POST /v3/auth/tokens, as far as its form goes. */
const loginSchema = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()).min(1),
      password: z.object({ user: named.extend({ password: z.string() }) }).optional(),
      totp: z.object({ user: z.object({ id: z.string(), passcode: z.string() }) }).optional(),
      token: z.object({ id: z.string() }).optional(),
      assume_role: z
        .object({ domain_id: text, domain_name: text, xrole_name: text, agency_name: text })
        .optional(),
    }),
    scope: z.object({ project: named.optional(), domain: reference.optional() }).optional(),
  }),
});

type LoginBody = z.infer<typeof loginSchema>['auth'];
type Identity = LoginBody['identity'];

export type LoginFault =
  | 'bad request'
  | 'wrong password'
  | 'passcode wanted'
  | 'wrong passcode'
  | 'dead token'
  | 'not authenticated'
  | 'no agent operator'
  | 'no such agency'
  | 'no such scope';

type LoginVerdict =
  | { readonly kind: 'welcome'; readonly session: Session }
  | { readonly kind: LoginFault };

/** Everything on which a login depends. */
interface LoginFacts {
  readonly options: SimulatorOptions;
  readonly now: number;
  /** The session of a token that has not expired. */
  readonly sessionOf: (token: string) => Session | undefined;
  /** The sender of the login; needed for agencies. */
  readonly caller: Caller | undefined;
}

/** An authenticated user, still without a scope. */
type Person = Omit<Session, 'scope' | 'issuedAt'>;

/** The result of a login, by its body. */
export function judgeLogin(body: unknown, facts: LoginFacts): LoginVerdict {
  const parsed = loginSchema.safeParse(body);
  if (!parsed.success) return { kind: 'bad request' };
  const { identity, scope: wanted } = parsed.data.auth;
  const person = personOf(identity, facts);
  if (typeof person === 'string') return { kind: person };
  const scope = scopeOf(wanted, person.user, facts.options);
  if (!scope) return { kind: 'no such scope' };
  return { kind: 'welcome', session: { ...person, scope, issuedAt: facts.now } };
}

function personOf(identity: Identity, facts: LoginFacts): Person | LoginFault {
  const methods = new Set(identity.methods);
  if (methods.has('password')) return byPassword(identity, facts);
  if (methods.has('token')) return byToken(identity, facts);
  return methods.has('assume_role') ? byAgency(identity, facts) : 'bad request';
}

function byPassword({ methods, password, totp }: Identity, facts: LoginFacts): Person | LoginFault {
  const { options, now } = facts;
  const hasPasscode = methods.includes('totp');
  if (!password || (hasPasscode && !totp)) return 'bad request';
  const { id, name, domain } = password.user;
  const isKnown =
    id === undefined
      ? name === options.username && isDomain(domain ?? {}, homeDomain(options))
      : id === USER_ID;
  if (!isKnown || password.user.password !== options.password) return 'wrong password';
  if (options.mfa && !hasPasscode) return 'passcode wanted';
  if (hasPasscode && !isPasscode(totp)) return 'wrong passcode';
  return {
    methods: hasPasscode ? ['password', 'totp'] : ['password'],
    user: homeUser(options),
    expiresAt: now + options.tokenLifeMs,
  };
}

const PASSCODE = '123456';

function isPasscode(totp: Identity['totp']): boolean {
  return totp?.user.id === USER_ID && totp.user.passcode === PASSCODE;
}

/** IAM: a token that was got with another one expires with it. */
function byToken({ token }: Identity, { sessionOf }: LoginFacts): Person | LoginFault {
  if (!token) return 'bad request';
  const session = sessionOf(token.id);
  if (!session) return 'dead token';
  const { user, expiresAt, assumedBy } = session;
  return { methods: ['token'], user, expiresAt, ...(assumedBy ? { assumedBy } : {}) };
}

function byAgency(identity: Identity, facts: LoginFacts): Person | LoginFault {
  const { options, caller, now } = facts;
  const agency = identity.assume_role;
  const name = agency && agencyNameOf(agency, options);
  if (!agency || name === undefined) return 'bad request';
  const { domain_id: id, domain_name } = agency;
  if (id === undefined && domain_name === undefined) return 'bad request';
  if (!caller) return 'not authenticated';
  if (!options.agentOperator || caller.user.id !== USER_ID) return 'no agent operator';
  const isKnown = isDomain({ id, name: domain_name }, agencyDomain(options));
  if (!isKnown || name !== options.agency.name) return 'no such agency';
  return {
    methods: ['assume_role'],
    user: agencyUser(options),
    expiresAt: now + options.tokenLifeMs,
    assumedBy: caller.user,
  };
}

/** `agency_name` in the documentation, `xrole_name` in the examples of OTC. */
function agencyNameOf(
  { xrole_name, agency_name }: NonNullable<Identity['assume_role']>,
  { agencySpelling }: SimulatorOptions,
): string | undefined {
  if (agencySpelling === 'xrole_name') return xrole_name;
  return agencySpelling === 'agency_name' ? agency_name : (xrole_name ?? agency_name);
}

/** IAM: where a project and a domain are given, the project wins. */
function scopeOf(
  wanted: LoginBody['scope'],
  { domain }: User,
  options: SimulatorOptions,
): Scope | undefined {
  if (wanted?.project) {
    const project = findProject(wanted.project, domain, options);
    return project && { kind: 'project', project };
  }
  if (!wanted?.domain) return { kind: 'none' };
  return isDomain(wanted.domain, domain) ? { kind: 'domain' } : undefined;
}
