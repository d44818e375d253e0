import { z } from 'zod';
import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import { addressFault, withoutBlanks } from '../../config/values.ts';
import { imsOf, placeOf } from '../../dialect/regions.ts';
import { CloudError } from '../../errors/errors.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { HttpAnswer } from '../http/answer.ts';
import { isFields } from '../http/service-error.ts';
import { isCloudId } from '../http/url-part.ts';

/** What a login gives. */
export interface Login {
  /** Absent with AK/SK: every request is signed instead. Never logged. */
  readonly token?: string;
  readonly projectId: string;
  readonly imsEndpoint: string;
  /** From issue to expiry, in milliseconds, by IAM's own clock. */
  readonly lifeMs: number;
  /** Catalog entries that could not be read and may have been of IMS. */
  readonly unread?: number;
}

/** What IAM knows about a token. */
export interface TokenFacts {
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly project?: { readonly id: string; readonly name?: string | undefined };
  readonly catalog: Catalog;
}

const tokenSchema = z.object({
  token: z.object({
    issued_at: z.string(),
    expires_at: z.string(),
    project: z
      .object({ id: z.string().refine(isCloudId), name: z.string().optional().catch(undefined) })
      .nullish(),
    catalog: z.unknown().optional(),
  }),
});

/** @throws CloudError for an answer without a token */
export function readToken(answer: HttpAnswer): TokenFacts {
  const parsed = tokenSchema.safeParse(answer.body);
  if (!parsed.success) throw notSent('a token', answer);
  const { issued_at, expires_at, project, catalog } = parsed.data.token;
  return {
    issuedAt: Date.parse(issued_at),
    expiresAt: Date.parse(expires_at),
    ...(project ? { project } : {}),
    catalog: readCatalog(catalog),
  };
}

/** @throws CloudError when the token has expired, has no project, or the project no IMS */
export function loginOf(facts: TokenFacts, token: string, cloud: CloudConfig): Login {
  const lifeMs = facts.expiresAt - facts.issuedAt;
  if (!(lifeMs > 0)) throw new CloudError('IAM', 'IAM gave a token that has expired already.');
  if (!facts.project) {
    const advice = 'Set OS_PROJECT_NAME or OS_PROJECT_ID.';
    throw noProject('IAM gave a token without a project; IMS needs one.', advice);
  }
  const imsEndpoint = findIms(facts.catalog, cloud);
  return { token, projectId: facts.project.id, imsEndpoint, lifeMs, ...unreadIn(facts.catalog) };
}

export function unreadIn({ unread }: Catalog): Pick<Login, 'unread'> {
  return unread === 0 ? {} : { unread };
}

/** An answer of something that is not IAM. */
export function notSent(what: string, { text }: HttpAnswer, more = ''): CloudError {
  return new CloudError('IAM', `IAM did not send ${what}: ${text || 'empty'}`, {
    advice: `Check OS_AUTH_URL; it ends with /v3${more}.`,
  });
}

export function noProject(message: string, advice: string): CloudError {
  return new CloudError('IAM', message, { serviceCode: NO_PROJECT, advice });
}

/** An endpoint of a service. */
export interface Endpoint {
  readonly interface: string;
  /** Absent: it serves every region. */
  readonly region?: string;
  readonly url: string;
}

/** What a catalog contains about one service. */
export interface Catalog {
  readonly endpoints: readonly Endpoint[];
  /** Services and endpoints that could not be read, and may have been of IMS. */
  readonly unread: number;
}

/** Reads a catalog service by service: an unreadable one is counted and does not affect the others. */
export function readCatalog(value: unknown, types: readonly string[] = ['image']): Catalog {
  if (value === undefined || value === null) return { endpoints: [], unread: 0 };
  if (!Array.isArray(value)) return { endpoints: [], unread: 1 };
  const found: Endpoint[] = [];
  let unread = 0;
  for (const service of value as readonly unknown[]) {
    if (!isFields(service) || typeof service['type'] !== 'string') unread += 1;
    else if (types.includes(wordOf(service['type']))) {
      const { endpoints } = service;
      const all = (Array.isArray(endpoints) ? endpoints : [endpoints]).map(toEndpoint);
      found.push(...all.filter((endpoint) => endpoint !== undefined));
      unread += all.filter((endpoint) => endpoint === undefined).length;
    }
  }
  return { endpoints: found, unread };
}

function toEndpoint(value: unknown): Endpoint | undefined {
  if (!isFields(value) || typeof value['url'] !== 'string') return undefined;
  const url = baseOf(value['url']);
  if (url === undefined) return undefined;
  const region = [value['region'], value['region_id']]
    .map((name) => (typeof name === 'string' ? withoutBlanks(name) : ''))
    .find((name) => name !== '' && name !== '*');
  const face = wordOf(value['interface']).replace(/url$/, '');
  return {
    interface: face === '' ? 'public' : face,
    url,
    ...omitUndefined({ region }),
  };
}

/** `public` for `Public ` and for `publicURL`, as in catalogs of v2. */
function wordOf(value: unknown): string {
  return typeof value === 'string' ? withoutBlanks(value).toLowerCase() : '';
}

/** Without blanks around it, slashes at its end, and a version. */
function baseOf(text: string): string | undefined {
  const url = withoutBlanks(text)
    .replace(/(?<!\/)\/+$/, '')
    .replace(/\/v[12](\.\d)?$/, '');
  if (addressFault(url) !== undefined || !URL.canParse(url)) return undefined;
  const { protocol, username, password, search, hash } = new URL(url);
  // Paths are appended to it, and no login belongs in it.
  const isBase = `${username}${password}${search}${hash}` === '';
  return isBase && /^https?:$/.test(protocol) ? url : undefined;
}

/** The code of an error that is no refusal: the login was good. */
export const NO_ENDPOINT = 'NO_ENDPOINT';
/** The login has no project, or not the wanted one. */
export const NO_PROJECT = 'NO_PROJECT';

type Where = Pick<CloudConfig, 'authUrl' | 'imsEndpoint' | 'interface' | 'region'>;

/**
 * Where IMS is: by the setting, else by the catalog (type `image`, the wanted interface, of the region or
 * else of every region; the first one wins), else by the address pattern of the known clouds.
 * @throws CloudError if none of these has it
 */
export function findIms({ endpoints, unread }: Catalog, where: Where): string {
  if (where.imsEndpoint !== undefined) return where.imsEndpoint;
  if (endpoints.length === 0) return byPattern(where, unread);
  const { region } = where;
  const found = chooseEndpoint(endpoints, where);
  if (found) return found.url;
  const faces = endpoints.filter(({ interface: face }) => face === where.interface);
  if (faces.length === 0) {
    const there = [...new Set(endpoints.map(({ interface: face }) => face))].join(', ');
    throw noEndpoint(
      `The catalog has no ${where.interface} endpoint of the image service.`,
      `Set OS_INTERFACE to an existing one (${there}), or set IMS_ENDPOINT.`,
    );
  }
  const regions = [...new Set(faces.map((face) => face.region ?? '*'))].join(', ');
  throw noEndpoint(
    `The catalog has no image service in region ${region ?? '?'}.`,
    `Set OS_REGION_NAME to an existing one (${regions}), or set IMS_ENDPOINT.`,
  );
}

/** The first one of the wanted interface: of the region, or else of every region. */
export function chooseEndpoint(
  endpoints: readonly Endpoint[],
  { interface: wanted, region }: Pick<Where, 'interface' | 'region'>,
): Endpoint | undefined {
  const faces = endpoints.filter(({ interface: face }) => face === wanted);
  return (
    faces.find((endpoint) => region === undefined || endpoint.region === region) ??
    faces.find((endpoint) => endpoint.region === undefined)
  );
}

function byPattern({ authUrl, region }: Where, unread: number): string {
  const place = placeOf(authUrl, region);
  if (place) return imsOf(place);
  const but = unread === 0 ? '' : ` that can be read (${unreadText(unread)})`;
  throw noEndpoint(
    `The catalog has no image service${but}.`,
    'Set IMS_ENDPOINT to the URL of IMS; a project that has no IMS cannot be used.',
  );
}

export function unreadText(unread: number): string {
  return unread === 1 ? '1 entry of it cannot be read' : `${unread} entries of it cannot be read`;
}

function noEndpoint(message: string, advice: string): CloudError {
  return new CloudError('IAM', message, { serviceCode: NO_ENDPOINT, advice });
}
