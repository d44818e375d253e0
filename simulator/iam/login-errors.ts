import type { Call, Reply } from '../server/context.ts';
import { homeUser, USER_ID } from './directory.ts';
import type { LoginFault } from './login-rules.ts';
import { microseconds } from './token-body.ts';

const UNAUTHORIZED: Partial<Readonly<Record<LoginFault, string>>> = {
  'wrong password': 'The username or password is wrong.',
  'wrong passcode': 'The MFA verification code is wrong.',
  'passcode wanted': 'MFA is enabled for this user: the verification code (totp) is required.',
  'dead token': 'The token is invalid or has expired.',
  'not authenticated': 'The request you have made requires authentication.',
  'no such scope': 'The project or domain of the scope was not found.',
};
const COUNTED: ReadonlySet<string> = new Set(['wrong password', 'wrong passcode']);

/** Counts a refused login, and answers in one of the formats that IAM has for errors. */
export function loginError(call: Call, fault: LoginFault | 'locked'): Reply {
  const { accounts, stats } = call.world;
  if (fault === 'bad request') return extension(400, 'IAM.0011', 'Request body is invalid.');
  stats.failedLogins += 1;
  if (COUNTED.has(fault)) accounts.logins.add();
  switch (fault) {
    case 'locked':
      return extension(401, 'IAM.0061', 'The account is locked. Please try again later.');
    case 'no agent operator':
      return extension(403, 'IAM.0002', 'You are not authorized to assume an agency.');
    case 'no such agency':
      return extension(404, 'IAM.0004', 'The agency or its account was not found.');
    case 'passcode wanted':
      return passcodeWanted(call);
    default:
      return unauthorized(UNAUTHORIZED[fault] ?? fault);
  }
}

function extension(status: number, error_code: string, error_msg: string): Reply {
  return { status, json: { error_msg, error_code } };
}

function unauthorized(message: string): Reply {
  return { status: 401, json: { error: { code: 401, message, title: 'Unauthorized' } } };
}

/** Keystone adds a receipt for the right methods, and names those that are missing. */
function passcodeWanted({ world, requestId }: Call): Reply {
  const { options, clock } = world;
  const plain = unauthorized(UNAUTHORIZED['passcode wanted'] ?? '');
  if (!options.mfaReceipt) return plain;
  const { name, domain } = homeUser(options);
  const receipt = {
    methods: ['password'],
    issued_at: microseconds(clock.now()),
    expires_at: microseconds(clock.now() + 300_000),
    user: { id: USER_ID, name, domain },
  };
  const json = {
    ...(plain.json as object),
    receipt,
    required_auth_methods: [['password', 'totp']],
  };
  return { ...plain, headers: { 'Openstack-Auth-Receipt': `receipt-${requestId}` }, json };
}
