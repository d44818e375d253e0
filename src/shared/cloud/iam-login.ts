import { z } from 'zod';
import type { CloudConfig } from '../config/config.ts';
import { CloudError, LoginRefusedError } from '../errors/errors.ts';
import type { Http } from './http.ts';
import type { HttpAnswer } from './http-answer.ts';
import { loginAdvice } from './iam-advice.ts';
import { isCloudId } from './ims-answers.ts';
import { explain } from './sort-submit-answer.ts';

/** What IAM gives for a password. */
export interface Login {
  readonly token: string;
  readonly projectId: string;
  readonly imsEndpoint: string;
  /** From issue to expiry, in milliseconds, by IAM's own clock. */
  readonly lifeMs: number;
}

const endpointSchema = z.object({
  interface: z.string().nullish(),
  region: z.string().nullish(),
  region_id: z.string().nullish(),
  url: z.string(),
});
const tokenSchema = z.object({
  token: z.object({
    issued_at: z.string(),
    expires_at: z.string(),
    project: z.object({ id: z.string().refine(isCloudId) }).nullish(),
    catalog: z
      .array(z.object({ type: z.string(), endpoints: z.array(endpointSchema).catch([]) }))
      .nullish(),
  }),
});

const BODY_BYTES = 4_000_000;
/** Less than the lock on a login lives (15 s), or a slow IAM would get two at once. */
const LOGIN_MS = 12_000;

/**
 * One login with a password, scoped to the project.
 * @throws LoginRefusedError when IAM says no: doing it again would lock the account
 * @throws CloudError when IAM cannot be reached, is busy, or answers nonsense
 */
export async function login(http: Http, cloud: CloudConfig): Promise<Login> {
  const url = `${cloud.authUrl}/auth/tokens`;
  const json = loginBody(cloud);
  const limits = { maxBytes: BODY_BYTES, timeoutMs: LOGIN_MS };
  const result = await http.request({ method: 'POST', url, json, ...limits });
  if (result.kind !== 'answer') {
    throw new CloudError('IAM', `IAM cannot be reached: ${result.message}.`, {
      advice: 'Check OS_AUTH_URL and the network.',
    });
  }
  if (result.status === 201 || result.status === 200) return readLogin(result, cloud);
  throw refusal(result, cloud);
}

/** The body of POST /v3/auth/tokens. It holds the password: never log it. */
export function loginBody(cloud: CloudConfig): unknown {
  const { username: name, password } = cloud;
  const user = { name, password, ...domain(cloud.userDomainId, cloud.userDomainName) };
  const project =
    cloud.projectId === undefined
      ? { name: cloud.projectName, ...domain(cloud.projectDomainId, cloud.projectDomainName) }
      : { id: cloud.projectId };
  return {
    auth: { identity: { methods: ['password'], password: { user } }, scope: { project } },
  };
}

function domain(id: string | undefined, name: string | undefined) {
  if (id !== undefined) return { domain: { id } };
  return name === undefined ? {} : { domain: { name } };
}

function readLogin(answer: HttpAnswer, cloud: CloudConfig): Login {
  const parsed = tokenSchema.safeParse(answer.body);
  const token = answer.subjectToken;
  if (!parsed.success || token === undefined) {
    throw new CloudError('IAM', `IAM answered something else than a token: ${answer.text}`, {
      advice: 'Check OS_AUTH_URL; it ends with /v3.',
    });
  }
  const { issued_at, expires_at, project, catalog } = parsed.data.token;
  const lifeMs = Date.parse(expires_at) - Date.parse(issued_at);
  if (!(lifeMs > 0)) throw new CloudError('IAM', 'IAM gave a token that has expired already.');
  if (!project) {
    throw new CloudError('IAM', 'IAM gave a token without a project; IMS needs one.', {
      advice: 'Set OS_PROJECT_NAME or OS_PROJECT_ID.',
    });
  }
  const imsEndpoint = cloud.imsEndpoint ?? imageEndpoint(catalog ?? [], cloud.region);
  return { token, projectId: project.id, imsEndpoint, lifeMs };
}

type Catalog = NonNullable<z.infer<typeof tokenSchema>['token']['catalog']>;

/** IMS in the catalog: type `image`, public, of the region; the first one wins. */
function imageEndpoint(catalog: Catalog, region: string | undefined): string {
  const all = catalog
    .filter(({ type }) => type === 'image')
    .flatMap(({ endpoints }) => endpoints)
    .filter((endpoint) => (endpoint.interface ?? 'public') === 'public');
  const found = all.find(
    (endpoint) =>
      region === undefined || endpoint.region === region || endpoint.region_id === region,
  );
  const base = found?.url.replace(/\/+$/, '').replace(/\/v[12](\.\d)?$/, '');
  if (base !== undefined && URL.canParse(base)) return base;
  const where = region === undefined ? '' : ` in region ${region}`;
  throw new CloudError('IAM', `The token's catalog has no image service${where}.`, {
    advice: 'Check OS_REGION_NAME, or set IMS_ENDPOINT.',
  });
}

function refusal(answer: HttpAnswer, cloud: CloudConfig): LoginRefusedError | CloudError {
  const { code, message, requestId } = explain(answer);
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  const isBusy = answer.status === 429 || answer.status >= 500 || answer.status === 408;
  if (isBusy) {
    const text = `IAM cannot log in now: ${code}: ${message}${request}`;
    return new CloudError('IAM', text, { serviceCode: code });
  }
  if (answer.status === 401 || answer.status === 403 || answer.status === 400) {
    return new LoginRefusedError(
      `IAM refuses the login of ${cloud.username}: ${message}${request}`,
      `${loginAdvice(code, message)} To protect the account, this login is not tried again for 15 minutes unless it changes.`,
    );
  }
  return new CloudError('IAM', `IAM does not log in: ${code}: ${message}${request}`, {
    serviceCode: code,
    advice: 'Check OS_AUTH_URL; it ends with /v3.',
  });
}
