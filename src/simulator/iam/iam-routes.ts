import type { Call, Reply, Route } from '../server/context.ts';
import { DOMAIN_ID, judgeLogin } from './login-rules.ts';
import { catalogBody, tokenBody } from './token-body.ts';

export const IAM_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v3/auth/tokens', name: 'login', secured: false, handle: login },
  { method: 'GET', path: '/v3/auth/catalog', name: 'catalog', secured: true, handle: catalog },
  { method: 'GET', path: '/v3/projects', name: 'projects', secured: true, handle: projects },
  { method: 'GET', path: '/v3/auth/projects', name: 'projects', secured: true, handle: projects },
];

function login(call: Call): Reply {
  const { options, accounts, stats, clock } = call.world;
  const verdict = judgeLogin(call.body, options);
  if (verdict.kind === 'bad request') {
    const error_msg = 'Request body is invalid.';
    return { status: 400, json: { error_msg, error_code: 'IAM.0011' } };
  }
  if (accounts.isLocked(options.lockAfter, options.lockMs)) {
    stats.failedLogins += 1;
    const error_msg = 'The account is locked. Please try again later.';
    return { status: 401, json: { error_msg, error_code: 'IAM.0061' } };
  }
  if (verdict.kind === 'wrong password') {
    accounts.refuse();
    stats.failedLogins += 1;
    return unauthorized('The username or password is wrong.');
  }
  if (verdict.kind === 'no such scope') {
    stats.failedLogins += 1;
    return unauthorized('The project or domain of the scope was not found.');
  }
  stats.logins += 1;
  const token = tokenBody({ options, now: clock.now(), scope: verdict.scope });
  const hasCatalog = !call.url.searchParams.get('nocatalog') && verdict.scope !== 'none';
  return {
    status: 201,
    headers: { 'X-Subject-Token': accounts.issue(options.tokenLifeMs) },
    json: { token: hasCatalog ? { ...token, catalog: catalogOf(call) } : token },
  };
}

function unauthorized(message: string): Reply {
  return { status: 401, json: { error: { code: 401, message, title: 'Unauthorized' } } };
}

/** Endpoints are named as the client reached us, so that they also work from a container. */
function catalogOf({ request, world }: Call): readonly object[] {
  const host = request.headers.host ?? `127.0.0.1:${request.socket.localPort ?? 0}`;
  return catalogBody(world.options.region, `http://${host}`);
}

function catalog(call: Call): Reply {
  const links = { next: null, previous: null, self: '/v3/auth/catalog' };
  return { status: 200, json: { catalog: catalogOf(call), links } };
}

function projects(call: Call): Reply {
  const { projectId: id, project: name } = call.world.options;
  const wanted = call.url.searchParams.get('name');
  const own = { id, name, domain_id: DOMAIN_ID, parent_id: DOMAIN_ID, enabled: true };
  const links = { next: null, previous: null, self: '/v3/projects' };
  return {
    status: 200,
    json: { projects: wanted === null || wanted === name ? [own] : [], links },
  };
}
