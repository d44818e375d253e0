import { homeUser, ownProjectsIn, projectsIn } from '../iam/directory.ts';
import { ALGORITHM } from '../iam/sdk-signature.ts';
import { type Caller, keyOf, type Scope } from '../iam/session.ts';
import { verifySignature } from '../iam/verify-signature.ts';
import type { Call, Reply } from './context.ts';
import { gatewayError } from './errors.ts';

/** True for a request that is signed for IAM; OBS has a dialect of its own. */
export function isSdkSigned({ request }: Call): boolean {
  return request.headers.authorization?.startsWith(`${ALGORITHM} `) ?? false;
}

/** The caller, by its token or signature; or the refusal of the gateway. */
export function authenticate(call: Call): Caller | Reply {
  if (isSdkSigned(call)) return bySignature(call);
  return call.world.accounts.session(call.request.headers['x-auth-token']) ?? dead(call);
}

function dead(call: Call): Reply {
  return gatewayError(call, { status: 401, code: '0307', text: 'The token must be updated' });
}

/** APIGW: five wrong signatures in a row lock an access key for five minutes. */
const KEY_LOCK = { after: 5, ms: 300_000 };

function bySignature(call: Call): Caller | Reply {
  const { accounts, options, clock, stats } = call.world;
  if (call.bodyKind === 'too large') return badSignature(call, 'the request body is too large');
  const { method = '', url: target = '/', headers } = call.request;
  const verdict = verifySignature(
    { method, target, headers, body: call.raw },
    {
      now: clock.now(),
      keyOf: (accessKey) => keyOf(accessKey, options),
      isLocked: (accessKey) => accounts.key(accessKey).isLocked(KEY_LOCK),
    },
  );
  if (verdict.kind === 'refused') {
    if (verdict.isWrong && verdict.accessKey) accounts.key(verdict.accessKey).add();
    return badSignature(call, verdict.text);
  }
  accounts.key(verdict.accessKey).clear();
  const scope = scopeOf(call);
  if (!scope) return forbidden(call, '0310', 'The project is unavailable');
  stats.signed += 1;
  return { user: homeUser(options), scope };
}

function badSignature(call: Call, why: string): Reply {
  call.world.stats.failedSignatures += 1;
  const text = `Incorrect IAM authentication information: ${why}`;
  return gatewayError(call, { status: 401, code: '0301', text });
}

/** The project of X-Project-Id, else the only one of the user; `undefined` for a project of others. */
function scopeOf({ request, world }: Call): Scope | undefined {
  const { domain } = homeUser(world.options);
  const wanted = request.headers['x-project-id'];
  if (wanted !== undefined) {
    const found = projectsIn(domain, world.options).find(({ id }) => id === wanted);
    return found && { kind: 'project', project: found };
  }
  const [project, ...others] = ownProjectsIn(domain, world.options);
  return project && others.length === 0 ? { kind: 'project', project } : { kind: 'none' };
}

/** IMS also needs a project, and it must be in the region of the endpoint. */
export function projectFault(call: Call, { scope }: Caller): Reply | undefined {
  if (scope.kind !== 'project') {
    const text = 'The token or the key names no project (X-Project-Id) and is not authorized';
    return forbidden(call, '0302', text);
  }
  // APIGW: a token of another region must be updated, too.
  return scope.project.region === call.endpoint.region ? undefined : dead(call);
}

function forbidden(call: Call, code: string, text: string): Reply {
  return gatewayError(call, { status: 403, code, text });
}
