import type { Agency, CloudConfig, Credential } from '../../config/cloud/cloud-config.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { askIam, type Iam, type IamCall, mustAgree } from './ask-iam.ts';
import { keysLogin } from './keys-login.ts';
import { type AgencySpelling, agencyBody, passwordBody, projectScope } from './login-body.ts';
import { refusal } from './refusal.ts';
import { type Login, loginOf, noToken, readToken } from './token-answer.ts';
import { tokenLogin } from './token-login.ts';

export type { Iam } from './ask-iam.ts';
export type { Login } from './token-answer.ts';

const TOKENS = '/auth/tokens';

/**
 * One login, for the project.
 * @throws LoginRefusedError when IAM says no: doing it again would lock the account
 * @throws CloudError when IAM cannot be reached, is busy, or answers nonsense
 */
export async function login(iam: Iam): Promise<Login> {
  const { credential, agency } = iam.cloud;
  if (agency) return agencyLogin(iam, agency);
  switch (credential.method) {
    case 'password': {
      const json = passwordBody(credential, projectScope(iam.cloud));
      return tokenOf(await mustAgree(iam, { method: 'POST', path: TOKENS, json }), iam.cloud);
    }
    case 'token':
      return tokenLogin(iam, credential.token);
    case 'keys':
      return keysLogin(iam, credential);
  }
}

function tokenOf(answer: HttpAnswer, cloud: CloudConfig): Login {
  if (answer.subjectToken === undefined) throw noToken(answer);
  return loginOf(readToken(answer), answer.subjectToken, cloud);
}

/**
 * A token of the account that has trusted us with a role, got with what proves our own. One cloud
 * calls the role by another field than the other: where that is not understood the other is tried.
 */
async function agencyLogin(iam: Iam, agency: Agency): Promise<Login> {
  const proof = await proofOf(iam);
  const ask = (spelling: AgencySpelling): Promise<HttpAnswer> => {
    const json = agencyBody(agency, spelling, projectScope(iam.cloud));
    return askIam(iam, { method: 'POST', path: TOKENS, json, ...proof });
  };
  const [first, second] =
    iam.cloud.dialect === 'otc'
      ? (['xrole_name', 'agency_name'] as const)
      : (['agency_name', 'xrole_name'] as const);
  const answer = await ask(first);
  if (isGood(answer)) return tokenOf(answer, iam.cloud);
  const other = answer.status === 400 ? await ask(second) : answer;
  if (isGood(other)) return tokenOf(other, iam.cloud);
  throw refusal(other.status === 400 ? answer : other, iam.cloud);
}

function isGood({ status }: HttpAnswer): boolean {
  return status === 200 || status === 201;
}

/** Who we are, to be allowed the role: a token of our own account, or a signature. */
async function proofOf(iam: Iam): Promise<Pick<IamCall, 'headers' | 'keys'>> {
  const { credential } = iam.cloud;
  switch (credential.method) {
    case 'keys':
      return { keys: credential };
    case 'token':
      return { headers: { 'x-auth-token': credential.token } };
    case 'password':
      return { headers: { 'x-auth-token': await ownToken(iam, credential) } };
  }
}

type Password = Extract<Credential, { readonly method: 'password' }>;

/** GT: without a project, for the account itself. */
async function ownToken(iam: Iam, credential: Password): Promise<string> {
  const { domain } = credential.user;
  const json = passwordBody(credential, domain && { domain });
  const path = `${TOKENS}?nocatalog=1`;
  const answer = await mustAgree(iam, { method: 'POST', path, json });
  if (answer.subjectToken === undefined) throw noToken(answer);
  return answer.subjectToken;
}
