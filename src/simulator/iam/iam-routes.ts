import { z } from 'zod';
import type { SimulatorOptions } from '../options.ts';
import type { Call, Reply, Route } from '../server/context.ts';

const domain = z.object({ name: z.string().optional(), id: z.string().optional() }).optional();
const named = { name: z.string().optional(), id: z.string().optional(), domain };
const loginSchema = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()),
      password: z.object({ user: z.object({ ...named, password: z.string() }) }),
    }),
    scope: z.object({ project: z.object(named).optional() }).optional(),
  }),
});
type Login = z.infer<typeof loginSchema>['auth'];

export const IAM_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v3/auth/tokens', name: 'login', secured: false, handle: login },
  {
    method: 'GET',
    path: '/v3/auth/catalog',
    name: 'catalog',
    secured: true,
    handle: (call) => ({ status: 200, json: { catalog: catalog(call), links: {} } }),
  },
  { method: 'GET', path: '/v3/projects', name: 'projects', secured: true, handle: projects },
];

function login(call: Call): Reply {
  const { options, accounts, stats } = call.world;
  const parsed = loginSchema.safeParse(call.body);
  if (!parsed.success)
    return { status: 400, json: { error_msg: 'Bad body', error_code: 'IAM.0011' } };
  const auth = parsed.data.auth;
  if (accounts.failed >= options.lockAfter) {
    return unauthorized('The account is locked.', 'IAM.0061');
  }
  if (!isUser(auth, options)) {
    accounts.failed += 1;
    stats.failedLogins += 1;
    return unauthorized('The username or password is wrong.');
  }
  const project = auth.scope?.project;
  if (project && !isProject(project, options)) {
    return unauthorized('Could not find the project.');
  }
  stats.logins += 1;
  accounts.failed = 0;
  const token = accounts.issue(options.tokenLifeMs);
  return {
    status: 201,
    headers: { 'X-Subject-Token': token },
    json: { token: tokenBody(call, project !== undefined) },
  };
}

function unauthorized(message: string, code?: string): Reply {
  if (code !== undefined) return { status: 401, json: { error_msg: message, error_code: code } };
  return { status: 401, json: { error: { code: 401, message, title: 'Unauthorized' } } };
}

const USER_ID = '93e12ecc2b9c4c1c8a4d3a2f1b0c9d8e';
const DOMAIN_ID = 'd78cbac186b744899480f25bd022f468';

function isUser(auth: Login, options: SimulatorOptions): boolean {
  const { user } = auth.identity.password;
  const isNamed = user.id === USER_ID || user.name === options.username;
  const inDomain =
    user.id === USER_ID || user.domain?.id === DOMAIN_ID || user.domain?.name === options.domain;
  return isNamed && inDomain && user.password === options.password;
}

function isProject(
  project: { name?: string | undefined; id?: string | undefined },
  options: SimulatorOptions,
) {
  return project.id === options.projectId || project.name === options.project;
}

function tokenBody(call: Call, scoped: boolean): object {
  const { options, clock } = call.world;
  const now = clock.now();
  const owner = { id: DOMAIN_ID, name: options.domain, xdomain_id: '1', xdomain_type: 'TSI' };
  return {
    methods: ['password'],
    issued_at: microseconds(now),
    expires_at: microseconds(now + options.tokenLifeMs),
    user: { id: USER_ID, name: options.username, password_expires_at: '', domain: owner },
    roles: [
      { id: '0', name: 'te_admin' },
      { id: '0', name: 'op_gated_demo' },
    ],
    ...(scoped ? { project: { id: options.projectId, name: options.project, domain: owner } } : {}),
    ...(call.url.searchParams.get('nocatalog') ? {} : { catalog: catalog(call) }),
  };
}

function microseconds(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

function catalog(call: Call): readonly object[] {
  const { region } = call.world.options;
  const base = `http://${call.request.headers.host}`;
  const entry = (
    type: string,
    name: string,
    endpoints: readonly (readonly [string, string])[],
  ) => ({
    id: `${type}-${name}`,
    type,
    name,
    endpoints: endpoints.map(([where, url]) => ({
      id: `${type}-${where}`,
      interface: 'public',
      region: where,
      region_id: where,
      url,
    })),
  });
  return [
    entry('identity', 'keystone', [
      [region, `${base}/v3`],
      ['*', `${base}/v3`],
    ]),
    entry('image', 'glance', [[region, base]]),
    entry('object', 'objectstorage', [[region, base]]),
  ];
}

function projects(call: Call): Reply {
  const { options } = call.world;
  const wanted = call.url.searchParams.get('name');
  const own = { id: options.projectId, name: options.project, domain_id: DOMAIN_ID, enabled: true };
  return { status: 200, json: { projects: wanted === null || wanted === own.name ? [own] : [] } };
}
