/** A call, what a login needs for it, and who grants that. */
export interface Needed {
  readonly what: string;
  /** The actions of IAM policies. */
  readonly right: string;
  /** A role or policy that has them. */
  readonly role: string;
  /** What the call is for, where imports do without it. */
  readonly neededBy?: string;
}

function needed(what: string, right: string, role: string): Needed {
  return { what, right, role };
}

const READER = 'IMS ReadOnlyAccess or Tenant Administrator';
const CHANGER = 'IMS FullAccess or Tenant Administrator';
const OPERATOR = 'Tenant Administrator or OBS OperateAccess';
// No table of permissions has an action for jobs.
const JOB = ['a role of IMS in the project', CHANGER] as const;
// Also for lists of members.
const SHARE = ['ims:images:get and ims:images:share', CHANGER] as const;

/** IMS, OBS, ECS: as in their tables of permissions. `docs/logins.md` shows it to users. */
export const NEEDED = {
  list: needed('list the images of the project (GET /v2/cloudimages)', 'ims:images:list', READER),
  marked: needed('list images by our tag (GET /v2/cloudimages?tag=…)', 'ims:images:list', READER),
  image: needed('read an image by its id (GET /v2/images/{id})', 'ims:images:get', READER),
  job: needed('read jobs (GET /v1/{project}/jobs/{id})', ...JOB),
  quota: needed('read the quota (GET /v1/cloudimages/quota)', 'ims:quotas:get', READER),
  system: needed('import system disks', 'ims:serverImages:create', CHANGER),
  data: needed('import data disks', 'ims:dataImages:create', CHANGER),
  osVersions: needed(
    'list operating systems (GET /v1/cloudimages/os_version)',
    'ims:images:list',
    READER,
  ),
  copy: {
    ...needed('copy an image', 'ims:images:copy', CHANGER),
    neededBy: 'manifests with copies',
  },
  members: {
    ...needed('list the projects of an image (GET /v2/images/{id}/members)', ...SHARE),
    neededBy: 'prune and manifests with members',
  },
  share: {
    ...needed('share an image (POST /v2/images/{id}/members)', ...SHARE),
    neededBy: 'manifests with members',
  },
  update: {
    ...needed(
      'change images and their tags (PATCH /v2/cloudimages/{id}, POST …/tags/action)',
      'ims:images:update',
      CHANGER,
    ),
    neededBy: 'submit --update and manifests with copies',
  },
  move: {
    ...needed(
      'move an image to another enterprise project (PATCH /v2/cloudimages/{id})',
      'ims:images:update and ims:serverImages:create',
      CHANGER,
    ),
    neededBy: 'submit --update',
  },
  delete: {
    ...needed('delete an image (DELETE /v2/images/{id})', 'ims:images:delete', CHANGER),
    neededBy: 'prune and reconcile --clean',
  },
  servers: {
    ...needed(
      'list servers (GET /v1/{project}/cloudservers/detail)',
      'ecs:cloudServers:list',
      'ECS ReadOnlyAccess or Tenant Guest',
    ),
    neededBy: 'prune',
  },
  bucket: needed('list the bucket', 'obs:bucket:ListBucket', OPERATOR),
  object: needed('look at objects (HEAD)', 'obs:object:GetObject', OPERATOR),
} as const satisfies Readonly<Record<string, Needed>>;

/** What to ask an administrator for. */
export function rightAdvice({ right, role }: Needed): string {
  return `The login needs ${right}; the role ${role} has that.`;
}
