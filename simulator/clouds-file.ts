import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { codeOf } from '../src/shared/errors/error-code.ts';
import { UsageError } from '../src/shared/errors/errors.ts';
import { writeWhole } from '../src/shared/files/write-file.ts';
import { systemRandom } from '../src/shared/runtime/random.ts';
import type { Project } from './options.ts';
import type { Simulator } from './start-simulator.ts';

/** Projects of the user, by the names of their entries in clouds.yaml. */
type Clouds = Readonly<Record<string, Project>>;

/** To copy to and to share with, as the pages name them. */
export const SAMPLE_CLOUDS: Clouds = {
  'otc-nl': { id: '4e5f60718293a4b5c6d7e8f901a2b3c4', name: 'eu-nl_demo', region: 'eu-nl' },
  partner: { id: '3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c', name: 'eu-de_partner', region: 'eu-de' },
};

export function cloudsYaml(
  { url, credentials }: Pick<Simulator, 'url' | 'credentials'>,
  clouds: Clouds,
): string {
  const { username, password, userDomainName: user_domain_name } = credentials;
  const { accessKey: access_key, secretKey: secret_key } = credentials;
  const entries = Object.entries(clouds).map(([entry, { name: project_name, region }]) => {
    const login = { username, password, user_domain_name, project_name };
    const auth = { auth_url: `${url}/v3`, ...login };
    const obs = { access_key, secret_key, obs_endpoint_override: url };
    return [entry, { region_name: region, auth, ...obs }];
  });
  return stringify({ clouds: Object.fromEntries(entries) });
}

const HEAD = '# Written by ims-ferry simulator, which replaces it at its next start.\n';

/**
 * Writes a clouds.yaml with the sample projects, in place of an earlier one.
 * @throws UsageError when it cannot be written, or when the file is somebody's own
 */
export async function writeClouds(file: string, simulator: Simulator): Promise<void> {
  const unwritable = (error: unknown): UsageError => {
    const what = `The simulator cannot write ${file} (${codeOf(error) ?? error}).`;
    return new UsageError(what, 'Name a file in a folder that can be written to.');
  };
  const found = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return HEAD;
    throw unwritable(error);
  });
  if (!found.startsWith(HEAD)) {
    throw new UsageError(`${file} exists, and the simulator did not write it.`, 'Name a new file.');
  }
  const text = [HEAD, cloudsYaml(simulator, SAMPLE_CLOUDS)];
  await writeWhole(file, text, { random: systemRandom, mode: 0o600 }).catch((error: unknown) => {
    throw unwritable(error);
  });
}
