import type { CallName } from '../server/call-names.ts';

/** The actions of IAM policies that calls need. */
export const RIGHTS = [
  'ims:images:list',
  'ims:images:get',
  'ims:images:update',
  'ims:images:delete',
  'ims:images:share',
  'ims:serverImages:create',
  'ims:dataImages:create',
  'ims:images:copy',
  'ims:quotas:get',
  'ecs:cloudServers:list',
] as const;

export type Right = (typeof RIGHTS)[number];

interface Needs {
  readonly rights: readonly Right[];
  /** True if rights in an enterprise project suffice; otherwise they must be in the project. */
  readonly enterprise: boolean;
}

const inProject = (...rights: Right[]): Needs => ({ rights, enterprise: false });
const inEnterpriseProject = (...rights: Right[]): Needs => ({ rights, enterprise: true });

/** IMS: from the table of permissions in its documentation, which lacks jobs. */
export const NEEDS: Readonly<Partial<Record<CallName, Needs>>> = {
  list: inEnterpriseProject('ims:images:list'),
  'glance list': inProject('ims:images:list'),
  'os versions': inProject('ims:images:list'),
  image: inEnterpriseProject('ims:images:get'),
  patch: inEnterpriseProject('ims:images:update'),
  delete: inEnterpriseProject('ims:images:delete'),
  quota: inEnterpriseProject('ims:quotas:get'),
  tags: inProject('ims:images:list'),
  tag: inProject('ims:images:update'),
  'glance tag': inProject('ims:images:get', 'ims:images:update'),
  members: inProject('ims:images:get', 'ims:images:share'),
  'member add': inProject('ims:images:get', 'ims:images:share'),
  'member status': inProject('ims:images:get', 'ims:images:share'),
  'create system': inEnterpriseProject('ims:serverImages:create'),
  'create data': inEnterpriseProject('ims:dataImages:create'),
  'create quick': inEnterpriseProject('ims:serverImages:create'),
  servers: inProject('ecs:cloudServers:list'),
  'create copy': inEnterpriseProject('ims:images:copy'),
};

/** The enterprise project of everything that names no other one. */
export const DEFAULT_PROJECT = '0';

/** Means all enterprise projects in which the user has rights. */
export const ALL_GRANTED = 'all_granted_eps';

/** The enterprise project of an image, or of a create. */
export function enterpriseProjectOf(fields: Readonly<Record<string, unknown>>): string {
  return String(fields['enterprise_project_id'] ?? DEFAULT_PROJECT);
}
