import { z } from 'zod';
import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import { CloudError } from '../../errors/errors.ts';
import type { HttpAnswer } from '../http/answer.ts';
import { isCloudId } from '../http/url-part.ts';
import { type Iam, requestOk } from './iam-call.ts';
import { findIms, type Login, NO_PROJECT, readCatalog, unreadIn } from './login-answer.ts';
import type { Keys } from './sign-call.ts';

const projectSchema = z.object({ id: z.string().refine(isCloudId), name: z.string() });
/** One project that cannot be read costs no other one. */
const projectsSchema = z.object({ projects: z.array(projectSchema.nullable().catch(null)) });
const answerSchema = z.object({ catalog: z.array(z.unknown()) });

/** What was found out is asked for again after this: projects and endpoints seldom change. */
const LIFE_MS = 24 * 3_600_000;

/**
 * With AK/SK there is no token: IAM tells the project's id and where IMS is, both asked with a
 * signature, so that wrong keys are found out here.
 * @throws LoginRefusedError CloudError
 */
export async function keysLogin(iam: Iam, keys: Keys): Promise<Login> {
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
    throw new CloudError('IAM', `IAM answered something else than projects: ${answer.text}`, {
      advice: 'Check OS_AUTH_URL; it ends with /v3.',
    });
  }
  const found = parsed.data.projects.filter((project) => project?.name === name);
  const [only] = found;
  if (only && found.length === 1) return only.id;
  throw found.length === 0 ? unknown(name, iam.cloud) : ambiguous(name);
}

function noCatalog({ text }: HttpAnswer): CloudError {
  return new CloudError('IAM', `IAM answered something else than a catalog: ${text || 'empty'}`, {
    advice: 'Check OS_AUTH_URL; it ends with /v3, or set IMS_ENDPOINT.',
  });
}

function unknown(name: string, { region }: CloudConfig): CloudError {
  const hint = name === region ? ' (the region, for no project is set)' : '';
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
