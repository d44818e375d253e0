import type { Credential } from '../../config/cloud/cloud-config.ts';
import { CloudError } from '../../errors/errors.ts';
import type { Login } from '../iam/login.ts';
import { signCall } from '../iam/sign-call.ts';
import type { Session } from '../ims/ims-answers.ts';

/** What proves each call of a session: its token, or a signature with the project it is for. */
export function authorization(
  { token, projectId }: Pick<Login, 'token' | 'projectId'>,
  credential: Credential,
  now: () => number,
): Session['authorize'] {
  if (token !== undefined) return () => ({ 'x-auth-token': token });
  if (credential.method !== 'keys') throw new CloudError('IAM', 'IAM gave no token.');
  const headers = { 'x-project-id': projectId };
  return (call) => signCall(call, credential, { now: now(), headers });
}
