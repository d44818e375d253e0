import type { Simulator } from '../../simulator/start-simulator.ts';
import type { Session } from '../../src/shared/cloud/session/session.ts';
import type { CloudConfig } from '../../src/shared/config/cloud/cloud-config.ts';

/** A login with a password; `more` replaces whole fields. */
export function passwordCloud(
  who: { readonly username: string; readonly password: string; readonly domain: string },
  more: Partial<CloudConfig> & Pick<CloudConfig, 'authUrl'>,
): CloudConfig {
  const { username, password, domain } = who;
  return {
    credential: {
      method: 'password',
      user: { name: username, domain: { name: domain } },
      password,
    },
    project: { name: 'eu-de_team', domain: { name: domain } },
    interface: 'public',
    jobApi: 'project',
    dialect: 'otc',
    network: {},
    ...more,
  };
}

/** The login of a simulator's own user, or the same with another password. */
export function cloudOf(
  { credentials, url }: Simulator,
  more: Partial<CloudConfig> & { readonly password?: string } = {},
): CloudConfig {
  const { username, userDomainName: domain, projectName, region } = credentials;
  const { password = credentials.password, ...others } = more;
  const project = { name: projectName, domain: { name: domain } };
  const fields = { authUrl: `${url}/v3`, project, region, ...others };
  return passwordCloud({ username, password, domain }, fields);
}

/** The token that a session proves itself with. */
export function tokenIn(session: Session): string | undefined {
  return session.authorize({ method: 'GET', url: 'https://ims.test/' })['x-auth-token'];
}
