import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { environmentOf as loginOf } from '../../simulator/environment.ts';
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

const MAIN = 'docker-compose.yml';
const ALTERNATIVES = [
  ...['OS_USER_ID', 'OS_USER_DOMAIN_ID', 'OS_PROJECT_ID', 'OS_PROJECT_DOMAIN_ID'],
  ...['OS_AGENCY_DOMAIN_ID', 'OS_TARGET_PROJECT_ID'],
];

const isDashboards = (name: string) => name.startsWith('IMS_FERRY_DASHBOARD_');

test('a worker in a container gets every setting', () => {
  // The checks of submit are for those who submit, archives for who watches.
  const isOthers = (name: string) =>
    isDashboards(name) || /^IMS_FERRY_(SUBMIT_CHECKS|ARCHIVE_(AFTER|DIR))$/.test(name);
  const own = SETTINGS.map(({ name }) => name).filter((name) => !isOthers(name));
  const names = [...own, ...ALTERNATIVES];
  expect(new Set(Object.keys(environmentOf(MAIN, 'worker')))).toEqual(new Set(names));
});

test('a dashboard in a container gets its settings, and the login of the workers', () => {
  const own = SETTINGS.map(({ name }) => name).filter(isDashboards);
  const worker = environmentOf(MAIN, 'worker');
  const login = Object.keys(worker).filter((name) => /^(OS|OBS|IMS)_(?!FERRY)/.test(name));
  expect(login.length).toBeGreaterThan(25);
  expect(Object.keys(environmentOf(MAIN, 'dashboard'))).toEqual(
    expect.arrayContaining([...own, ...login, 'IMS_FERRY_TOKEN_KEY', 'HTTPS_PROXY']),
  );
});

test.each(['worker', 'dashboard'])(
  'the login of the %s beside the simulator is the one it knows',
  async (service) => {
    const simulator = await startSimulator({});
    await simulator.close();
    const login = Object.entries(loginOf(simulator)).filter(
      ([name, value]) => name.startsWith('OS_') && !value.includes(simulator.url),
    );
    expect(environmentOf('docker-compose.simulator.yml', service)).toMatchObject(
      Object.fromEntries(login),
    );
  },
);
