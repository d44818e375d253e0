import type { Call, Reply, Route } from '../server/context.ts';
import type { IssuedToken } from './accounts.ts';
import { DOMAIN_ID, judgeLogin, type Method } from './login-rules.ts';
import { catalogBody, tokenBody } from './token-body.ts';
import { isProven } from './who-calls.ts';

export const IAM_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v3/auth/tokens', name: 'login', secured: false, handle: login },
  { method: 'GET', path: '/v3/auth/tokens', name: 'verify', secured: 'any', handle: verify },
  { method: 'GET', path: '/v3/auth/catalog', name: 'catalog', secured: 'any', handle: catalog },
  { method: 'GET', path: '/v3/projects', name: 'projects', secured: 'any', handle: projects },
  { method: 'GET', path: '/v3/auth/projects', name: 'projects', secured: 'any', handle: projects },
];

function login(call: Call): Reply {
  const { options, accounts, stats, clock } = call.world;
  const tokenOf = (id: string) => accounts.tokenOf(id);
  const verdict = judgeLogin(call.body, { options, tokenOf, isProven: isProven(call) });
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
  if (verdict.kind !== 'welcome') {
    stats.failedLogins += 1;
    return verdict.kind === 'mfa' ? askForMore(call) : unauthorized(WORDS[verdict.kind]);
  }
  const { method, scope } = verdict;
  stats.logins += 1;
  stats.loginsBy[method] = (stats.loginsBy[method] ?? 0) + 1;
  const issuedAt = clock.now();
  const until = Math.min(issuedAt + options.tokenLifeMs, verdict.until ?? Number.POSITIVE_INFINITY);
  return {
    status: 201,
    headers: { 'X-Subject-Token': accounts.issue(until, scope) },
    json: { token: withCatalog(call, { issuedAt, until, scope }, method) },
  };
}

function withCatalog(call: Call, issued: IssuedToken, method: Method): object {
  const token = tokenBody({ options: call.world.options, issued, method });
  const hasCatalog = !call.url.searchParams.get('nocatalog') && issued.scope !== 'none';
  return hasCatalog ? { ...token, catalog: catalogOf(call) } : token;
}

/** Keystone gives a receipt for the factors that were good. */
function askForMore(call: Call): Reply {
  const said = unauthorized('Additional authentications steps required (MFA).');
  return { ...said, headers: { 'Openstack-Auth-Receipt': `receipt-${call.requestId}` } };
}

/** What a token is worth: of the one in X-Subject-Token. */
function verify(call: Call): Reply {
  const issued = call.world.accounts.tokenOf(call.request.headers['x-subject-token']);
  if (issued) return { status: 200, json: { token: withCatalog(call, issued, 'token') } };
  const message = 'Could not find token.';
  return { status: 404, json: { error: { code: 404, message, title: 'Not Found' } } };
}

const WORDS = {
  'not known': 'The request you have made requires authentication.',
  'no such scope': 'The project or domain of the scope was not found.',
} as const;

function unauthorized(message: string): Reply {
  return { status: 401, json: { error: { code: 401, message, title: 'Unauthorized' } } };
}

/** Endpoints are named as the client reached us, so that they also work from a container. */
function catalogOf({ request, world }: Call): readonly object[] {
  const host = request.headers.host ?? `127.0.0.1:${request.socket.localPort ?? 0}`;
  const { region, catalog: kind } = world.options;
  const all = catalogBody(region, `${world.scheme}://${host}`);
  if (kind === 'empty') return [];
  return kind === 'full' ? all : all.filter(({ type }) => type !== 'image');
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
