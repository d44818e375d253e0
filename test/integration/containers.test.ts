import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { startSimulator } from '../../simulator/start-simulator.ts';
import { SETTINGS } from '../../src/shared/config/settings.ts';

// What the files mean to Docker is asked of its own programs: test/containers.
const composeFile = z.object({
  services: z.record(
    z.string(),
    z.looseObject({ environment: z.record(z.string(), z.string().nullable()).default({}) }),
  ),
});

function environmentOf(file: string, service: string): Readonly<Record<string, string | null>> {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const { services } = composeFile.parse(parse(text, { merge: true }));
  return services[service]?.environment ?? {};
}

const ALTERNATIVES = ['OS_USER_DOMAIN_ID', 'OS_PROJECT_ID', 'OS_PROJECT_DOMAIN_ID'];

const isDashboards = (name: string) => name.startsWith('IMS_FERRY_DASHBOARD_');

test('a worker in a container gets every setting', () => {
  // The endpoint of OBS and the checks of submit are for those who submit, archives for who watches.
  const isOthers = (name: string) =>
    isDashboards(name) ||
    /^(OBS_ENDPOINT|IMS_FERRY_SUBMIT_CHECKS|IMS_FERRY_ARCHIVE_(AFTER|DIR))$/.test(name);
  const own = SETTINGS.map(({ name }) => name).filter((name) => !isOthers(name));
  const names = [...own, ...ALTERNATIVES];
  expect(new Set(Object.keys(environmentOf('docker-compose.yml', 'worker')))).toEqual(
    new Set(names),
  );
});

test('a dashboard in a container gets its settings', () => {
  const own = SETTINGS.map(({ name }) => name).filter(isDashboards);
  const environment = environmentOf('docker-compose.yml', 'dashboard');
  expect(Object.keys(environment)).toEqual(expect.arrayContaining(own));
});

test('the login that workers get beside the simulator is the one it knows', async () => {
  const { credentials, close } = await startSimulator({});
  await close();
  expect(environmentOf('docker-compose.simulator.yml', 'worker')).toMatchObject({
    OS_USERNAME: credentials.username,
    OS_PASSWORD: credentials.password,
    OS_USER_DOMAIN_NAME: credentials.userDomainName,
    OS_PROJECT_NAME: credentials.projectName,
    OS_REGION_NAME: credentials.region,
  });
});
