import { verdictOf } from '../../dialect/error-catalogue.ts';

/** A call that an import makes, what a login needs for it, and who grants that. */
export interface Needed {
  readonly what: string;
  /** The action of IAM policies. */
  readonly right: string;
  /** A role or policy that has it. */
  readonly role: string;
}

function needed(what: string, right: string, role: string): Needed {
  return { what, right, role };
}

const READER = 'IMS ReadOnlyAccess or Tenant Administrator';
const CHANGER = 'IMS FullAccess or Tenant Administrator';
const OPERATOR = 'Tenant Administrator or OBS OperateAccess';
// No table of permissions has an action for jobs.
const JOB = ['a role of IMS in the project', CHANGER] as const;

/** IMS, OBS: as in their tables of permissions. */
export const NEEDED = {
  list: needed('list the images of the project (GET /v2/cloudimages)', 'ims:images:list', READER),
  marked: needed('list images by our tag (GET /v2/cloudimages?tag=…)', 'ims:images:list', READER),
  image: needed('read an image by its id (GET /v2/images/{id})', 'ims:images:get', READER),
  job: needed('read jobs (GET /v1/{project}/jobs/{id})', ...JOB),
  quota: needed('read the quota (GET /v1/cloudimages/quota)', 'ims:quotas:get', READER),
  share: needed('share an image (POST /v2/images/{id}/members)', 'ims:images:share', CHANGER),
  update: needed(
    'change images and their tags (PATCH /v2/cloudimages/{id}, POST …/tags/action)',
    'ims:images:update',
    CHANGER,
  ),
  delete: needed('delete an image (DELETE /v2/images/{id})', 'ims:images:delete', CHANGER),
  osVersions: needed(
    'list operating systems (GET /v1/cloudimages/os_version)',
    'ims:images:list',
    READER,
  ),
  bucket: needed('list the bucket', 'obs:bucket:ListBucket', OPERATOR),
  object: needed('look at objects (HEAD)', 'obs:object:GetObject', OPERATOR),
} as const;

/** What to ask an administrator for. */
export function rightAdvice({ right, role }: Needed): string {
  return `The login needs ${right}; the role ${role} has it.`;
}

/** Of a call that the gateway does not know here: no right is missing. */
export function isNoCall(code: string): boolean {
  const verdict = verdictOf(code);
  return verdict?.kind === 'stop' && verdict.reasonOfStop === 'endpoint';
}

/** What to do about a read that is refused with this code. */
export function refusalAdvice(needed: Needed, code: string): string {
  if (!isNoCall(code)) return rightAdvice(needed);
  const where = 'check IMS_ENDPOINT and OS_REGION_NAME';
  const job = needed.what === NEEDED.job.what ? ', or set IMS_FERRY_JOB_API' : '';
  return `The gateway does not know this call: ${where}${job}.`;
}
