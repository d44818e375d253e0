import { z } from 'zod';
import type {
  Agency,
  CloudConfig,
  Credential,
  DomainRef,
  InDomain,
} from '../../config/cloud/cloud-config.ts';
import { type AgencyField, DIALECTS } from '../../dialect/dialect.ts';
import { CloudError, LoginRefusedError } from '../../errors/errors.ts';
import type { HttpAnswer } from '../http/answer.ts';
import { ownErrorOf } from '../http/service-error.ts';
import { isCloudId } from '../http/url-part.ts';
import { callIam, type Iam, type IamCall, refusal, requestOk } from './iam-call.ts';
import {
  findIms,
  type Login,
  loginOf,
  NO_PROJECT,
  noToken,
  readCatalog,
  readToken,
  type TokenFacts,
  unreadIn,
} from './login-answer.ts';
import type { Keys } from './sign-call.ts';

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

const projectSchema = z.object({ id: z.string().refine(isCloudId), name: z.string() });
/** An unreadable project does not affect the others. */
const projectsSchema = z.object({ projects: z.array(projectSchema.nullable().catch(null)) });
const answerSchema = z.object({ catalog: z.array(z.unknown()) });

/** How long project and endpoint are kept: they seldom change. */
const LIFE_MS = 24 * 3_600_000;

/**
 * With AK/SK there is no token: IAM only returns the project's id and where IMS is. Both calls are signed,
 * so that wrong keys fail here.
 * @throws LoginRefusedError CloudError
 */
async function keysLogin(iam: Iam, keys: Keys): Promise<Login> {
  const projectId = iam.cloud.project?.id ?? (await projectIdOf(iam, keys));
  const headers = { 'x-project-id': projectId };
  const answer = await requestOk(iam, {
    operation: 'catalog',
    method: 'GET',
    path: '/auth/catalog',
    headers,
    keys,
  });
  const parsed = answerSchema.safeParse(answer.body);
  if (!parsed.success && iam.cloud.imsEndpoint === undefined) throw noCatalog(answer);
  const catalog = readCatalog(parsed.data?.catalog);
  const imsEndpoint = findIms(catalog, iam.cloud);
  return { projectId, imsEndpoint, lifeMs: LIFE_MS, ...unreadIn(catalog) };
}

async function projectIdOf(iam: Iam, keys: Keys): Promise<string> {
  const name = iam.cloud.project?.name ?? '';
  const path = `/projects?name=${encodeURIComponent(name)}`;
  const answer = await requestOk(iam, { operation: 'projects', method: 'GET', path, keys });
  const parsed = projectsSchema.safeParse(answer.body);
  if (!parsed.success) {
    throw new CloudError('IAM', `IAM did not send projects: ${answer.text}`, {
      advice: 'Check OS_AUTH_URL; it ends with /v3.',
    });
  }
  const found = parsed.data.projects.filter((project) => project?.name === name);
  const [only] = found;
  if (only && found.length === 1) return only.id;
  throw found.length === 0 ? unknown(name, iam.cloud) : ambiguous(name);
}

function noCatalog({ text }: HttpAnswer): CloudError {
  return new CloudError('IAM', `IAM did not send a catalog: ${text || 'empty'}`, {
    advice: 'Check OS_AUTH_URL; it ends with /v3, or set IMS_ENDPOINT.',
  });
}

function unknown(name: string, { region }: CloudConfig): CloudError {
  const hint = name === region ? ' (the region, because no project is set)' : '';
  return new CloudError('IAM', `These keys have no project ${name}${hint}.`, {
    serviceCode: NO_PROJECT,
    advice: 'Check OS_PROJECT_NAME, or set OS_PROJECT_ID.',
  });
}

function ambiguous(name: string): CloudError {
  return new CloudError('IAM', `There are several projects ${name}.`, {
    serviceCode: NO_PROJECT,
    advice: 'Set OS_PROJECT_ID to say which one is meant.',
  });
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
