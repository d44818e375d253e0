import type { SimulatorOptions } from '../options.ts';
import type { IssuedToken } from './accounts.ts';
import { DOMAIN_ID, type Method, USER_ID } from './login-rules.ts';

export interface TokenFacts {
  readonly options: SimulatorOptions;
  readonly issued: IssuedToken;
  readonly method: Method;
}

/** The `token` of a login's answer, without the catalog. */
export function tokenBody({
  options,
  issued,
  method,
}: TokenFacts): Readonly<Record<string, unknown>> {
  const { issuedAt, until, scope } = issued;
  const owner = {
    id: DOMAIN_ID,
    name: options.domain,
    xdomain_id: '00000000001000000001',
    xdomain_type: 'TSI',
  };
  return {
    methods: [method],
    issued_at: microseconds(issuedAt),
    expires_at: microseconds(until),
    user: { id: USER_ID, name: options.username, password_expires_at: '', domain: owner },
    roles: [
      { id: '0', name: 'te_admin' },
      { id: '0', name: 'op_gated_demo' },
    ],
    ...(scope === 'project' ? { project: projectBody(options, owner) } : {}),
    ...(scope === 'domain' ? { domain: owner } : {}),
    ...(method === 'assume_role'
      ? { assumed_by: { user: { id: USER_ID, name: options.username, domain: owner } } }
      : {}),
  };
}

function projectBody(options: SimulatorOptions, domain: object): object {
  return { id: options.projectId, name: options.project, domain };
}

/** `2019-05-23T15:11:11.815000Z`: milliseconds, padded. */
function microseconds(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** As recorded from OTC: identity twice, IMS without version, project or slash. */
export function catalogBody(region: string, base: string): readonly { readonly type: string }[] {
  const entry = (type: string, name: string, endpoints: readonly object[]) => ({
    id: `${type}-${name}`,
    type,
    name,
    endpoints,
  });
  const endpoint = (where: string, url: string) => ({
    id: `${where}-public`,
    interface: 'public',
    region: where,
    region_id: where,
    url,
  });
  return [
    entry('identity', 'keystone', [endpoint(region, `${base}/v3`)]),
    entry('identity', 'keystone', [endpoint('*', `${base}/v3`)]),
    entry('object-store', 'swift', [endpoint(region, `${base}/swift/v1`)]),
    entry('image', 'glance', [endpoint(region, base)]),
    entry('object', 'objectstorage', [endpoint(region, base)]),
  ];
}
