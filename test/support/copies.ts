import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cloudsYaml } from '../../simulator/clouds-file.ts';
import type { Simulator, SimulatorSettings } from '../../simulator/start-simulator.ts';
import { accountEnv } from './account.ts';
import { cloud } from './cloud.ts';
import type { FerryEnv } from './ferry.ts';
import { textFile } from './manifest-file.ts';

/** The project in the other region, and its entry in clouds.yaml. */
export const AWAY = { id: 'e'.repeat(32), name: 'eu-nl_away', region: 'eu-nl' } as const;
export const KEY_ID = '12345678-90ab-4cde-8f01-234567890abc';

/** A cloud with a second region. */
export function twoRegions(settings: SimulatorSettings = {}): Promise<Simulator> {
  return cloud({ duration: 300, projects: [AWAY], ...settings });
}

/** A worker's environment; clouds.yaml has an entry `away` for the other region. */
export async function copyEnv(
  simulator: Simulator,
  redisUrl: string,
  more: FerryEnv = {},
): Promise<FerryEnv> {
  const file = await textFile('clouds.yaml', cloudsYaml(simulator, { away: AWAY }));
  return accountEnv(simulator, redisUrl, { OS_CLIENT_CONFIG_FILE: file, ...more });
}

/** The same clouds.yaml in a folder. */
export async function cloudsFile(
  simulator: Parameters<typeof cloudsYaml>[0],
  folder: string,
): Promise<string> {
  const file = join(folder, 'clouds.yaml');
  await writeFile(file, cloudsYaml(simulator, { away: AWAY }));
  return file;
}

/** One image with an encrypted copy and one in the other region. */
export function manifestWithCopies(name: string, url = 'bucket:ok'): Promise<string> {
  const text = `name: ${name}
images:
  - name: ${name}-vm
    image_url: "${url}/${name}.qcow2"
    min_disk: 40
    description: golden
    tags: [team.storage]
    copies:
      - cmk_id: ${KEY_ID}
      - { cloud: away, agency: ims-copy-agency }
`;
  return textFile(`${name}.yaml`, text);
}

/** What the cloud has of each name, however it got there. */
export function imagesOf({ state }: Simulator) {
  return [...state.cloud.images.all()].filter(({ deletedAt }) => deletedAt === undefined);
}
