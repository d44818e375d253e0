import type { Simulator } from './start-simulator.ts';

/** A login with the password of the simulator. */
export async function tokenOf({ url, credentials }: Simulator): Promise<string> {
  const domain = { name: credentials.userDomainName };
  const user = { name: credentials.username, password: credentials.password, domain };
  const identity = { methods: ['password'], password: { user } };
  const scope = { project: { name: credentials.projectName, domain } };
  const answer = await fetch(`${url}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope } }),
  });
  const token = answer.headers.get('x-subject-token');
  if (token === null) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return token;
}
