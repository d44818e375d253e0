import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTINGS } from '../../src/shared/config/settings.ts';
import { startSimulator } from '../../src/simulator/start-simulator.ts';

const composeFile = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      environment: z.record(z.string(), z.string().nullable()).default({}),
      command: z.array(z.string()).optional(),
      cap_drop: z.array(z.string()).optional(),
      read_only: z.boolean().optional(),
      security_opt: z.array(z.string()).optional(),
    }),
  ),
});

function services(name: string) {
  const text = readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  return composeFile.parse(parse(text, { merge: true })).services;
}

const main = services('docker-compose.yml');
const overlay = services('docker-compose.simulator.yml')['worker']?.environment ?? {};
const ALTERNATIVES = ['OS_USER_DOMAIN_ID', 'OS_PROJECT_ID', 'OS_PROJECT_DOMAIN_ID'];

const isDashboards = (name: string) => name.startsWith('IMS_FERRY_DASHBOARD_');

test('a worker in a container gets every setting', () => {
  // The endpoint of OBS and the checks of submit are for those who submit, archives for who watches.
  const isOthers = (name: string) =>
    isDashboards(name) ||
    /^(OBS_ENDPOINT|IMS_FERRY_SUBMIT_CHECKS|IMS_FERRY_ARCHIVE_(AFTER|DIR))$/.test(name);
  const own = SETTINGS.map(({ name }) => name).filter((name) => !isOthers(name));
  const names = [...own, ...ALTERNATIVES];
  expect(new Set(Object.keys(main['worker']?.environment ?? {}))).toEqual(new Set(names));
});

test('a dashboard in a container gets its settings, and asks for a password', () => {
  const { environment = {}, command } = main['dashboard'] ?? {};
  const own = SETTINGS.map(({ name }) => name).filter(isDashboards);
  expect(Object.keys(environment)).toEqual(expect.arrayContaining(own));
  expect(command).toEqual(['dashboard', '--host', '0.0.0.0']);
});

test('only workers get the login', () => {
  for (const [name, { environment }] of Object.entries(main)) {
    const login = Object.keys(environment).filter((variable) => variable.startsWith('OS_'));
    if (name !== 'worker') expect(login, name).toEqual([]);
  }
});

test('with the simulator no setting of an account is left, and its own are right', async () => {
  const isAccount = (name: string) => name.startsWith('OS_') || name === 'IMS_ENDPOINT';
  const account = Object.keys(main['worker']?.environment ?? {}).filter(isAccount);
  const literal = Object.entries(overlay).filter(([, value]) => value?.includes('$') === false);
  expect(literal.map(([name]) => name)).toEqual(expect.arrayContaining(account));

  const { credentials, close } = await startSimulator({});
  await close();
  expect(overlay).toMatchObject({
    OS_USERNAME: credentials.username,
    OS_PASSWORD: credentials.password,
    OS_USER_DOMAIN_NAME: credentials.userDomainName,
    OS_PROJECT_NAME: credentials.projectName,
    OS_REGION_NAME: credentials.region,
  });
});

test('no container can write its root or gain a privilege', () => {
  for (const [name, service] of Object.entries(main)) {
    expect(service, name).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  }
});
