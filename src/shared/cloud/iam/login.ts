import { z } from 'zod';
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
import { isCloudId } from '../http/url-part.ts';
import { callIam, type Iam, type IamCall, refusal, requestOk } from './iam-call.ts';
import {
  findIms,
  type Login,
  loginOf,
  noProject,
  notSent,
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
      return loginIn(await requestOk(iam, { ...LOGIN, json }), iam.cloud);
    }
    case 'token':
      return tokenLogin(iam, credential.token);
    case 'keys':
      return keysLogin(iam, credential);
  }
}

function loginIn(answer: HttpAnswer, cloud: CloudConfig): Login {
  return loginOf(readToken(answer), tokenIn(answer), cloud);
}

function tokenIn(answer: HttpAnswer): string {
  if (answer.subjectToken === undefined) throw notSent('a token', answer);
  return answer.subjectToken;
}

/**
 * A token of the account that has trusted us with an agency, requested with our own login. The two
 * clouds use different fields for the agency: if the cloud does not know one, the other is tried.
 */
async function agencyLogin(iam: Iam, agency: Agency): Promise<Login> {
  const proof = await proofOf(iam);
  const { id, name } = agency.domain;
  const domain = id === undefined ? { domain_name: name } : { domain_id: id };
  const send = (field: AgencyField): Promise<HttpAnswer> => {
    const assume_role = { ...domain, [field]: agency.name };
    const json = body({ methods: ['assume_role'], assume_role }, projectScope(iam.cloud));
    return callIam(iam, { ...LOGIN, json, ...proof });
  };
  const [own, foreign] = DIALECTS[iam.cloud.dialect].agencyFields;
  const answer = await send(own);
  if (isGood(answer)) return loginIn(answer, iam.cloud);
  const other = answer.status === 400 ? await send(foreign) : answer;
  if (isGood(other)) return loginIn(other, iam.cloud);
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
    case 'password': {
      // Without a project: for the account itself.
      const { domain } = credential.user;
      const json = passwordBody(credential, domain && { domain });
      const answer = await requestOk(iam, { ...LOGIN, path: `${LOGIN.path}?nocatalog=1`, json });
      return { headers: { 'x-auth-token': tokenIn(answer) } };
    }
  }
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
  const json = body({ methods: ['token'], token: { id: token } }, projectScope(iam.cloud));
  return loginIn(await requestOk(iam, { ...LOGIN, json }), iam.cloud);
}

/** Only the rest of its lifetime counts: it may be old already. */
async function verified(iam: Iam, token: string): Promise<TokenFacts> {
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  const answer = await callIam(iam, { ...LOGIN, operation: 'token', method: 'GET', headers });
  const { status, serverTime } = answer;
  if ((status === 401 || status === 404) && ownErrorOf(answer)) {
    const message = 'IAM does not know the given token; it has expired.';
    throw new LoginRefusedError(message, EXPIRED_ADVICE);
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
  const answer = await requestOk(iam, {
    ...{ operation: 'catalog', method: 'GET', path: '/auth/catalog', keys },
    headers: { 'x-project-id': projectId },
  });
  const parsed = answerSchema.safeParse(answer.body);
  if (!parsed.success && iam.cloud.imsEndpoint === undefined) {
    throw notSent('a catalog', answer, ', or set IMS_ENDPOINT');
  }
  const catalog = readCatalog(parsed.data?.catalog);
  const imsEndpoint = findIms(catalog, iam.cloud);
  return { projectId, imsEndpoint, lifeMs: LIFE_MS, ...unreadIn(catalog) };
}

async function projectIdOf(iam: Iam, keys: Keys): Promise<string> {
  const name = iam.cloud.project?.name ?? '';
  const path = `/projects?name=${encodeURIComponent(name)}`;
  const answer = await requestOk(iam, { operation: 'projects', method: 'GET', path, keys });
  const parsed = projectsSchema.safeParse(answer.body);
  if (!parsed.success) throw notSent('projects', answer);
  const [found, another] = parsed.data.projects.filter((project) => project?.name === name);
  if (found && !another) return found.id;
  if (found) {
    const advice = 'Set OS_PROJECT_ID to say which one is meant.';
    throw noProject(`There are several projects ${name}.`, advice);
  }
  const hint = name === iam.cloud.region ? ' (the region, because no project is set)' : '';
  const advice = 'Check OS_PROJECT_NAME, or set OS_PROJECT_ID.';
  throw noProject(`These keys have no project ${name}${hint}.`, advice);
}

type Password = Extract<Credential, { readonly method: 'password' }>;
type Scope = { readonly project: InDomain } | { readonly domain: DomainRef } | undefined;

/** The body of POST /v3/auth/tokens with a password. It holds the password: never log it. */
export function passwordBody({ user, password }: Password, scope: Scope): unknown {
  const { id, name, domain } = user;
  const who = id === undefined ? { name, ...(domain && { domain }) } : { id };
  return body({ methods: ['password'], password: { user: { ...who, password } } }, scope);
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
