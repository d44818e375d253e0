import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { cloudsYaml, SAMPLE_CLOUDS, writeClouds } from '../../simulator/clouds-file.ts';
import { loadCloudConfig } from '../../src/shared/config/cloud/load-cloud.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder } from '../support/drop-folder.ts';

const OWN = 'clouds: { otc: { region_name: eu-de } }\n';

test('the file has what a login to each project needs, and is replaced by the next start', async () => {
  const file = join(await dropFolder(), 'clouds.yaml');
  await writeClouds(file, await cloud({}));
  const simulator = await cloud({});
  await writeClouds(file, simulator);
  const env = { OS_CLIENT_CONFIG_FILE: file };
  for (const [name, { name: project, region }] of Object.entries(SAMPLE_CLOUDS)) {
    const found = await loadCloudConfig({ env, cloud: name });
    expect(found).toMatchObject({ region, project: { name: project } });
    expect(found.authUrl).toBe(`${simulator.url}/v3`);
  }
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("somebody's own clouds.yaml is left alone", async () => {
  const file = join(await dropFolder(), 'clouds.yaml');
  await writeFile(file, OWN);
  await expect(writeClouds(file, await cloud({}))).rejects.toThrow('did not write it');
  expect(await readFile(file, 'utf8')).toBe(OWN);
});

test('a file that cannot be written is named', async () => {
  const file = join(await dropFolder(), 'no-folder', 'clouds.yaml');
  await expect(writeClouds(file, await cloud({}))).rejects.toThrow(`cannot write ${file} (ENOENT)`);
});

test('the file for containers is the same, but for the address', async () => {
  const { credentials } = await cloud({});
  const text = cloudsYaml({ url: 'http://simulator:9090', credentials }, SAMPLE_CLOUDS);
  const shipped = await readFile('deploy/simulator/clouds.yaml', 'utf8');
  expect(parse(shipped)).toEqual(parse(text));
});
