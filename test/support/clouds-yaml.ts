import type { Simulator } from '../../simulator/start-simulator.ts';
import { textFile } from './manifest-file.ts';

/** A clouds.yaml with an entry for each simulated cloud; ends with the test. */
export function cloudsYaml(clouds: Readonly<Record<string, Simulator>>): Promise<string> {
  const entries = Object.entries(clouds).map(([name, { url, credentials }]) => {
    const { username, password, userDomainName, projectName } = credentials;
    const auth = {
      auth_url: `${url}/v3`,
      username,
      password,
      user_domain_name: userDomainName,
      project_name: projectName,
    };
    return [name, { auth }];
  });
  // JSON is YAML.
  return textFile('clouds.yaml', JSON.stringify({ clouds: Object.fromEntries(entries) }));
}
