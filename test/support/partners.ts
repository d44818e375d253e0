import type { Simulator } from '../../simulator/start-simulator.ts';
import { textFile } from './manifest-file.ts';

/** Projects of the simulated account that images are shared with. */
export const PARTNERS = ['a', 'b', 'c'].map((letter) => ({
  id: letter.repeat(32),
  name: `eu-de_partner-${letter}`,
  region: 'eu-de',
}));

export const [A = '', B = '', C = ''] = PARTNERS.map(({ id }) => id);

/** A clouds.yaml with the entries `partner-a`, `partner-b` and `partner-c`. */
export function partnersYaml({ url, credentials }: Simulator, password?: string): Promise<string> {
  const entries = PARTNERS.map(({ id, name }) => {
    const auth = {
      auth_url: `${url}/v3`,
      username: credentials.username,
      password: password ?? credentials.password,
      user_domain_name: credentials.userDomainName,
      project_id: id,
    };
    return [name.replace('eu-de_', ''), { auth }];
  });
  return textFile('clouds.yaml', JSON.stringify({ clouds: Object.fromEntries(entries) }));
}

/** What one of them does with an image, by itself. */
export async function answerAs(
  { url, credentials }: Simulator,
  projectId: string,
  { imageId, status }: { readonly imageId: string; readonly status: 'accepted' | 'rejected' },
): Promise<number> {
  const { username: name, password, userDomainName } = credentials;
  const user = { name, password, domain: { name: userDomainName } };
  const identity = { methods: ['password'], password: { user } };
  const json = { 'content-type': 'application/json' };
  const login = await fetch(`${url}/v3/auth/tokens`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ auth: { identity, scope: { project: { id: projectId } } } }),
  });
  const token = login.headers.get('x-subject-token') ?? '';
  const answer = await fetch(`${url}/v2/images/${imageId}/members/${projectId}`, {
    method: 'PUT',
    headers: { ...json, 'x-auth-token': token },
    body: JSON.stringify({ status }),
  });
  return answer.status;
}

/** What the cloud's own log says of each project: `added accepted`. */
export function actsOf(simulator: Simulator): Readonly<Record<string, string>> {
  const acts: Record<string, string> = {};
  for (const { imageId, projectId, action } of simulator.state.cloud.memberLog) {
    const key = `${imageId} ${projectId.charAt(0)}`;
    acts[key] = `${acts[key] ?? ''} ${action}`.trim();
  }
  return acts;
}
