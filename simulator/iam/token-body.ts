import type { Domain, User } from './directory.ts';
import type { Session } from './session.ts';

/** The `token` of a login's answer, without the catalog. */
export function tokenBody(session: Session): Readonly<Record<string, unknown>> {
  const { user, scope, methods, issuedAt, expiresAt, assumedBy } = session;
  const { id, name } = scope.kind === 'project' ? scope.project : { id: '', name: '' };
  return {
    methods,
    issued_at: microseconds(issuedAt),
    expires_at: microseconds(expiresAt),
    user: { ...userBody(user), password_expires_at: '' },
    roles: [
      { id: '0', name: 'te_admin' },
      { id: '0', name: 'op_gated_demo' },
    ],
    ...(scope.kind === 'project' ? { project: { id, name, domain: owner(user.domain) } } : {}),
    ...(scope.kind === 'domain' ? { domain: owner(user.domain) } : {}),
    ...(methods.includes('totp') ? { mfa_authn_at: microseconds(issuedAt) } : {}),
    ...(assumedBy ? { assumed_by: { user: userBody(assumedBy) } } : {}),
  };
}

function userBody({ id, name, domain }: User): object {
  return { id, name, domain: owner(domain) };
}

function owner({ id, name }: Domain): object {
  return { id, name, xdomain_id: '00000000001000000001', xdomain_type: 'TSI' };
}

/** `2019-05-23T15:11:11.815000Z`: milliseconds, padded. */
export function microseconds(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
