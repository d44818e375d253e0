import type { CallName } from '../server/call-names.ts';

/** The actions of IAM policies that calls to IMS need. */
export const RIGHTS = [
  'ims:images:list',
  'ims:images:get',
  'ims:images:update',
  'ims:images:delete',
  'ims:images:share',
  'ims:serverImages:create',
  'ims:dataImages:create',
  'ims:quotas:get',
] as const;

export type Right = (typeof RIGHTS)[number];

interface Needs {
  readonly rights: readonly Right[];
  /** True if rights in an enterprise project suffice; otherwise they must be in the project. */
  readonly enterprise: boolean;
}

const whole = (...rights: Right[]): Needs => ({ rights, enterprise: false });
const granted = (...rights: Right[]): Needs => ({ rights, enterprise: true });

/** IMS: from the table of permissions in its documentation, which lacks jobs. */
export const NEEDS: Readonly<Partial<Record<CallName, Needs>>> = {
  list: granted('ims:images:list'),
  'glance list': whole('ims:images:list'),
  'os versions': whole('ims:images:list'),
  image: granted('ims:images:get'),
  patch: granted('ims:images:update'),
  delete: granted('ims:images:delete'),
  quota: granted('ims:quotas:get'),
  tags: whole('ims:images:list'),
  tag: whole('ims:images:update'),
  'glance tag': whole('ims:images:get', 'ims:images:update'),
  members: whole('ims:images:get', 'ims:images:share'),
  'create system': granted('ims:serverImages:create'),
  'create data': granted('ims:dataImages:create'),
  'create quick': granted('ims:serverImages:create'),
};

/** The enterprise project of everything that names no other one. */
export const DEFAULT_PROJECT = '0';

/** Stands for all enterprise projects in which the user has rights. */
export const ALL_GRANTED = 'all_granted_eps';

/** The enterprise project of an image, or of a create. */
export function enterpriseProjectOf(fields: Readonly<Record<string, unknown>>): string {
  return String(fields['enterprise_project_id'] ?? DEFAULT_PROJECT);
}
