import { authenticate } from '../server/authenticate.ts';
import type { CallName } from '../server/call-names.ts';
import type { Call, Reply, Route } from '../server/context.ts';
import { originOf } from '../server/endpoint.ts';
import { catalogBody } from './catalog.ts';
import { homeDomain, projectsIn } from './directory.ts';
import { loginError } from './login-errors.ts';
import { judgeLogin } from './login-rules.ts';
import type { Session } from './session.ts';
import { tokenBody } from './token-body.ts';

const read = (path: string, name: CallName, handle: (call: Call) => Reply): Route => ({
  method: 'GET',
  path,
  name,
  secured: 'user',
  handle,
});

export const IAM_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v3/auth/tokens', name: 'login', secured: 'no', handle: login },
  read('/v3/auth/tokens', 'verify', verify),
  read('/v3/auth/catalog', 'catalog', catalog),
  read('/v3/projects', 'projects', projects),
  read('/v3/auth/projects', 'projects', projects),
  read('/v3/projects/:project', 'projects', project),
];

function login(call: Call): Reply {
  const { options, accounts, stats, clock } = call.world;
  const who = authenticate(call);
  const verdict = judgeLogin(call.body, {
    options,
    now: clock.now(),
    sessionOf: (token) => accounts.session(token),
    caller: 'user' in who ? who : undefined,
  });
  if (verdict.kind === 'bad request') return loginError(call, verdict.kind);
  const isPassword =
    verdict.kind === 'welcome'
      ? verdict.session.methods.includes('password')
      : !NO_PASSWORD.has(verdict.kind);
  const rule = { after: options.lockAfter, ms: options.lockMs };
  if (isPassword && accounts.logins.isLocked(rule)) return loginError(call, 'locked');
  if (verdict.kind !== 'welcome') return loginError(call, verdict.kind);
  if (isPassword) accounts.logins.clear();
  const { session } = verdict;
  const method = session.methods.join('+');
  stats.logins += 1;
  stats.loginsBy[method] = (stats.loginsBy[method] ?? 0) + 1;
  return { ...tokenReply(call, session, accounts.issue(session)), status: 201 };
}

/** Login errors that come even from a locked account. */
const NO_PASSWORD: ReadonlySet<string> = new Set([
  'dead token',
  'not authenticated',
  'no agent operator',
  'no such agency',
]);

/** IAM: the token is in a header, its session in the body. */
function tokenReply(call: Call, session: Session, id: string): Reply {
  const { options } = call.world;
  const token = tokenBody(session);
  const hasCatalog =
    !call.url.searchParams.get('nocatalog') &&
    session.scope.kind !== 'none' &&
    options.catalog !== 'none';
  const json = { token: hasCatalog ? { ...token, catalog: catalogOf(call) } : token };
  return { status: 200, headers: { 'X-Subject-Token': id }, json };
}

/** Describes the token in X-Subject-Token. */
function verify(call: Call): Reply {
  const id = call.request.headers['x-subject-token'];
  const session = call.world.accounts.session(id);
  if (session && typeof id === 'string') return tokenReply(call, session, id);
  const error = { code: 404, message: 'Could not find token.', title: 'Not Found' };
  return { status: 404, json: { error } };
}

function catalogOf({ request, world }: Call): readonly object[] {
  return catalogBody(world.options, originOf(request));
}

function catalog(call: Call): Reply {
  const links = { next: null, previous: null, self: '/v3/auth/catalog' };
  return { status: 200, json: { catalog: catalogOf(call), links } };
}

function ownProjects(call: Call) {
  const { options } = call.world;
  const domain = call.caller?.user.domain ?? homeDomain(options);
  return projectsIn(domain, options).map(({ id, name }) => {
    return { id, name, domain_id: domain.id, parent_id: domain.id, enabled: true };
  });
}

function project(call: Call): Reply {
  const wanted = call.params['project'];
  const found = ownProjects(call).find(({ id }) => id === wanted);
  if (found) return { status: 200, json: { project: found } };
  const message = `Could not find project: ${wanted}.`;
  return { status: 404, json: { error: { code: 404, message, title: 'Not Found' } } };
}

function projects(call: Call): Reply {
  const wanted = call.url.searchParams.get('name');
  const found = ownProjects(call).filter(({ name }) => wanted === null || wanted === name);
  const links = { next: null, previous: null, self: '/v3/projects' };
  return { status: 200, json: { projects: found, links } };
}
