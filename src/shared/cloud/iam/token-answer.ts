import { z } from 'zod';
import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import { CloudError } from '../../errors/errors.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { isCloudId } from '../ims/ims-answers.ts';
import { type Catalog, findIms, NO_PROJECT, readCatalog } from './find-endpoint.ts';

/** What a login gives. */
export interface Login {
  /** Absent with AK/SK: every request is signed instead. Never logged. */
  readonly token?: string;
  readonly projectId: string;
  readonly imsEndpoint: string;
  /** From issue to expiry, in milliseconds, by IAM's own clock. */
  readonly lifeMs: number;
  /** Entries of the catalog that could not be read, and may have been of IMS. */
  readonly unread?: number;
}

/** What IAM says about a token. */
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

/** @throws CloudError for an answer that tells no token */
export function readToken(answer: HttpAnswer): TokenFacts {
  const parsed = tokenSchema.safeParse(answer.body);
  if (!parsed.success) throw noToken(answer);
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
    throw new CloudError('IAM', 'IAM gave a token without a project; IMS needs one.', {
      serviceCode: NO_PROJECT,
      advice: 'Set OS_PROJECT_NAME or OS_PROJECT_ID.',
    });
  }
  const imsEndpoint = findIms(facts.catalog, cloud);
  return { token, projectId: facts.project.id, imsEndpoint, lifeMs, ...unreadIn(facts.catalog) };
}

/** Counted only where there is something to say. */
export function unreadIn({ unread }: Catalog): Pick<Login, 'unread'> {
  return unread === 0 ? {} : { unread };
}

export function noToken(answer: HttpAnswer): CloudError {
  return new CloudError('IAM', `IAM answered something else than a token: ${answer.text}`, {
    advice: 'Check OS_AUTH_URL; it ends with /v3.',
  });
}
