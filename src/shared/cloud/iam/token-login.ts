import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import { LoginRefusedError } from '../../errors/errors.ts';
import { ownErrorOf } from '../ims/own-error.ts';
import { askIam, type Iam, mustAgree } from './ask-iam.ts';
import { projectScope, tokenBody } from './login-body.ts';
import { refusal } from './refusal.ts';
import { type Login, loginOf, noToken, readToken, type TokenFacts } from './token-answer.ts';

const EXPIRED_ADVICE =
  'A given token cannot be renewed: fetch a new one into OS_TOKEN, or give a login (OS_USERNAME and OS_PASSWORD).';

/**
 * Takes a token that somebody else has fetched as it is, when it has the wanted project; else has it
 * given that scope.
 * @throws LoginRefusedError when IAM does not know it any more; CloudError
 */
export async function tokenLogin(iam: Iam, token: string): Promise<Login> {
  const facts = await verified(iam, token);
  if (isForProject(facts, iam.cloud)) return loginOf(facts, token, iam.cloud);
  const json = tokenBody(token, projectScope(iam.cloud));
  const answer = await mustAgree(iam, { method: 'POST', path: '/auth/tokens', json });
  if (answer.subjectToken === undefined) throw noToken(answer);
  return loginOf(readToken(answer), answer.subjectToken, iam.cloud);
}

/** What is left of its life counts: it may be old already. */
async function verified(iam: Iam, token: string): Promise<TokenFacts> {
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  const answer = await askIam(iam, { method: 'GET', path: '/auth/tokens', headers });
  const { status, serverTime } = answer;
  if ((status === 401 || status === 404) && ownErrorOf(answer)) {
    throw new LoginRefusedError(
      'IAM does not know the given token; it has expired.',
      EXPIRED_ADVICE,
    );
  }
  if (status !== 200) throw refusal(answer, iam.cloud);
  const facts = readToken(answer);
  return { ...facts, issuedAt: Math.max(facts.issuedAt, serverTime ?? iam.now()) };
}

function isForProject({ project }: TokenFacts, { project: wanted }: CloudConfig): boolean {
  if (!project || !wanted) return project !== undefined;
  return wanted.id === undefined ? wanted.name === project.name : wanted.id === project.id;
}
