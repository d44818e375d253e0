import { verdictOf } from '../../dialect/error-catalogue.ts';

/** A call that an import makes, what a login needs for it, and who grants that. */
export interface Needed {
  readonly what: string;
  /** The action of IAM policies. */
  readonly right: string;
  /** A role or policy that has it. */
  readonly role: string;
}

const READER = 'IMS ReadOnlyAccess or Tenant Administrator';

/** IMS, OBS: as in their tables of permissions. */
export const NEEDED = {
  list: {
    what: 'list the images of the project (GET /v2/cloudimages)',
    right: 'ims:images:list',
    role: READER,
  },
  marked: {
    what: 'list images by our tag (GET /v2/cloudimages?tag=…)',
    right: 'ims:images:list',
    role: READER,
  },
  image: {
    what: 'read an image by its id (GET /v2/images/{id})',
    right: 'ims:images:get',
    role: READER,
  },
  // No table of permissions has an action for it.
  job: {
    what: 'read jobs (GET /v1/{project}/jobs/{id})',
    right: 'a role of IMS in the project',
    role: 'IMS FullAccess or Tenant Administrator',
  },
  quota: {
    what: 'read the quota (GET /v1/cloudimages/quota)',
    right: 'ims:quotas:get',
    role: READER,
  },
  osVersions: {
    what: 'list operating systems (GET /v1/cloudimages/os_version)',
    right: 'ims:images:list',
    role: READER,
  },
  bucket: {
    what: 'list the bucket',
    right: 'obs:bucket:ListBucket',
    role: 'Tenant Administrator or OBS OperateAccess',
  },
  object: {
    what: 'look at objects (HEAD)',
    right: 'obs:object:GetObject',
    role: 'Tenant Administrator or OBS OperateAccess',
  },
} as const satisfies Readonly<Record<string, Needed>>;

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
