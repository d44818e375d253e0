import type {
  Agency,
  CloudConfig,
  Credential,
  DomainRef,
  InDomain,
} from '../../config/cloud/cloud-config.ts';
import { type AgencyField, DIALECTS } from '../../dialect/dialect.ts';
import { LoginRefusedError } from '../../errors/errors.ts';
import type { HttpAnswer } from '../http/answer.ts';
import { ownErrorOf } from '../http/service-error.ts';
import { callIam, type Iam, type IamCall, refusal, requestOk } from './iam-call.ts';
import { keysLogin } from './keys-login.ts';
import { type Login, loginOf, noToken, readToken, type TokenFacts } from './login-answer.ts';

/** Logs in, or gives a token another scope. */
const LOGIN = { operation: 'login', method: 'POST', path: '/auth/tokens' } as const;

/**
 * One login, for the project.
 * @throws LoginRefusedError when IAM refuses it: repeating it would lock the account
 * @throws CloudError when IAM cannot be reached, is busy, or answers nonsense
 */
export async function login(iam: Iam): Promise<Login> {
  const { credential, agency } = iam.cloud;
  if (agency) return agencyLogin(iam, agency);
  switch (credential.method) {
    case 'password': {
      const json = passwordBody(credential, projectScope(iam.cloud));
      return tokenOf(await requestOk(iam, { ...LOGIN, json }), iam.cloud);
    }
    case 'token':
      return tokenLogin(iam, credential.token);
    case 'keys':
      return keysLogin(iam, credential);
  }
}

function tokenOf(answer: HttpAnswer, cloud: CloudConfig): Login {
  if (answer.subjectToken === undefined) throw noToken(answer);
  return loginOf(readToken(answer), answer.subjectToken, cloud);
}

/**
 * A token of the account that has trusted us with an agency, requested with our own login. The two
 * clouds use different fields for the agency: if the cloud does not know one, the other is tried.
 */
async function agencyLogin(iam: Iam, agency: Agency): Promise<Login> {
  const proof = await proofOf(iam);
  const send = (field: AgencyField): Promise<HttpAnswer> => {
    const json = agencyBody(agency, field, projectScope(iam.cloud));
    return callIam(iam, { ...LOGIN, json, ...proof });
  };
  const [own, foreign] = DIALECTS[iam.cloud.dialect].agencyFields;
  const answer = await send(own);
  if (isGood(answer)) return tokenOf(answer, iam.cloud);
  const other = answer.status === 400 ? await send(foreign) : answer;
  if (isGood(other)) return tokenOf(other, iam.cloud);
  throw refusal(other.status === 400 ? answer : other, iam.cloud);
}

function isGood({ status }: HttpAnswer): boolean {
  return status === 200 || status === 201;
}

/** Our own login, which the agency trusts: a token of our account, or a signature. */
async function proofOf(iam: Iam): Promise<Pick<IamCall, 'headers' | 'keys'>> {
  const { credential } = iam.cloud;
  switch (credential.method) {
    case 'keys':
      return { keys: credential };
    case 'token':
      return { headers: { 'x-auth-token': credential.token } };
    case 'password':
      return { headers: { 'x-auth-token': await ownToken(iam, credential) } };
  }
}

type Password = Extract<Credential, { readonly method: 'password' }>;

/** Without a project: for the account itself. */
async function ownToken(iam: Iam, credential: Password): Promise<string> {
  const { domain } = credential.user;
  const json = passwordBody(credential, domain && { domain });
  const path = `${LOGIN.path}?nocatalog=1`;
  const answer = await requestOk(iam, { ...LOGIN, path, json });
  if (answer.subjectToken === undefined) throw noToken(answer);
  return answer.subjectToken;
}

const EXPIRED_ADVICE =
  'A given token cannot be renewed: fetch a new one into OS_TOKEN, or give a login (OS_USERNAME and OS_PASSWORD).';

/**
 * Uses a given token as it is if it is for the wanted project; otherwise requests one with that scope.
 * @throws LoginRefusedError when IAM no longer knows it; CloudError
 */
async function tokenLogin(iam: Iam, token: string): Promise<Login> {
  const facts = await verified(iam, token);
  if (isForProject(facts, iam.cloud)) return loginOf(facts, token, iam.cloud);
  const json = tokenBody(token, projectScope(iam.cloud));
  return tokenOf(await requestOk(iam, { ...LOGIN, json }), iam.cloud);
}

/** Only the rest of its lifetime counts: it may be old already. */
async function verified(iam: Iam, token: string): Promise<TokenFacts> {
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  const answer = await callIam(iam, { ...LOGIN, operation: 'token', method: 'GET', headers });
  const { status, serverTime } = answer;
  if ((status === 401 || status === 404) && ownErrorOf(answer)) {
    throw new LoginRefusedError(
      'IAM does not know the given token; it has expired.',
      EXPIRED_ADVICE,
    );
  }
  if (status !== 200) throw refusal(answer, iam.cloud);
  const facts = readToken(answer);
  return { ...facts, issuedAt: Math.max(facts.issuedAt, serverTime ?? iam.now()) };
}

function isForProject({ project }: TokenFacts, { project: wanted }: CloudConfig): boolean {
  if (!project || !wanted) return project !== undefined;
  return wanted.id === undefined ? wanted.name === project.name : wanted.id === project.id;
}

type Scope = { readonly project: InDomain } | { readonly domain: DomainRef } | undefined;

/** The body of POST /v3/auth/tokens with a password. It holds the password: never log it. */
export function passwordBody({ user, password }: Password, scope: Scope): unknown {
  const { id, name, domain } = user;
  const who = id === undefined ? { name, ...(domain && { domain }) } : { id };
  return body({ methods: ['password'], password: { user: { ...who, password } } }, scope);
}

/** Gives a token another scope; it lives no longer than the one it was made of. */
function tokenBody(id: string, scope: Scope): unknown {
  return body({ methods: ['token'], token: { id } }, scope);
}

function agencyBody(agency: Agency, field: AgencyField, scope: Scope): unknown {
  const { id, name } = agency.domain;
  const domain = id === undefined ? { domain_name: name } : { domain_id: id };
  const role = { ...domain, [field]: agency.name };
  return body({ methods: ['assume_role'], assume_role: role }, scope);
}

/** IMS needs a token with a project. */
export function projectScope({ project }: Pick<CloudConfig, 'project'>): Scope {
  if (!project) return undefined;
  const { id, name, domain } = project;
  return { project: id === undefined ? { name: name ?? '', ...(domain && { domain }) } : { id } };
}

function body(identity: object, scope: Scope): unknown {
  return { auth: { identity, ...(scope && { scope }) } };
}
