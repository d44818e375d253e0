import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findCloudConfig } from '../../src/shared/config/cloud/load-cloud.ts';
import { SETTINGS } from '../../src/shared/config/settings.ts';
import {
  COMPOSE_PROGRAMS,
  type ComposeProgram,
  composeFolder,
  MAIN_FILE,
  parseConfig,
  SIMULATOR_FILE,
  writeEnvFile,
} from '../support/compose.ts';
import { needing } from '../support/programs.ts';

const ALWAYS = ['dashboard', 'redis', 'worker'];
const COMBINATIONS = [
  { files: [MAIN_FILE], profiles: [], services: ALWAYS },
  { files: [MAIN_FILE], profiles: ['tools'], services: [...ALWAYS, 'producer'] },
  { files: [MAIN_FILE, SIMULATOR_FILE], profiles: [], services: [...ALWAYS, 'simulator'] },
  {
    files: [MAIN_FILE, SIMULATOR_FILE],
    profiles: ['tools'],
    services: [...ALWAYS, 'producer', 'simulator'],
  },
] as const;

type Combination = Pick<(typeof COMBINATIONS)[number], 'files' | 'profiles'>;

const account = [
  ...SETTINGS.map(({ name }) => name),
  ...['OS_USER_ID', 'OS_USER_DOMAIN_ID', 'OS_PROJECT_ID', 'OS_PROJECT_DOMAIN_ID'],
  ...['OS_AGENCY_DOMAIN_ID', 'OS_TARGET_PROJECT_ID'],
].filter((name) => /^(OS_|OBS_ENDPOINT|IMS_ENDPOINT)/.test(name));
const LOGGED_IN = ['worker', 'dashboard'];
/** Only `up` and `watch` read these, which no service runs. */
const NOT_IN_COMPOSE = ['IMS_FERRY_ARCHIVE_AFTER', 'IMS_FERRY_ARCHIVE_DIR'];

type Services = ReturnType<typeof parseConfig>;

const [mounting = '', emptying = ''] = [
  ...readFileSync('docs/docker.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g),
].map(([, text = '']) => text);
const overrides = [
  {
    about: 'clouds.yaml for workers and dashboard',
    text: mounting,
    check: ({ worker, dashboard }: Services) => {
      for (const service of [worker, dashboard]) {
        expect(JSON.stringify(service?.['volumes'])).toContain('/etc/openstack/clouds.yaml');
      }
    },
  },
  {
    about: 'no login for the dashboard',
    text: emptying,
    check: async ({ worker, dashboard }: Services) => {
      const cloudOf = (service: typeof worker) =>
        findCloudConfig({ env: omitNulls(service?.environment ?? {}), cloud: undefined });
      expect(await cloudOf(dashboard)).toBeUndefined();
      await expect(cloudOf(worker)).rejects.toThrow();
    },
  },
];

function omitNulls(environment: Readonly<Record<string, string | null>>) {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value ?? '']),
  );
}

/** Every setting of an account is in `.env`; what the program makes of the files. */
async function configOf(program: ComposeProgram, { files, profiles }: Combination) {
  const compose = await composeFolder('ims-ferry-test-config');
  onTestFinished(compose.remove);
  const canaries = Object.fromEntries(account.map((name) => [name, `canary-${name}`]));
  await writeEnvFile(compose.folder, canaries);
  const options = [
    ...files.flatMap((file) => ['-f', file]),
    ...profiles.flatMap((profile) => ['--profile', profile]),
  ];
  const result = await compose.run(program, [...options, 'config']);
  return { ...result, services: result.code === 0 ? parseConfig(result.stdout) : {} };
}

for (const program of COMPOSE_PROGRAMS) {
  describe(program.title, needing(program.need), () => {
    test.each(COMBINATIONS)('reads $files with profiles $profiles without a word', async (row) => {
      const { code, stderr, services } = await configOf(program, row);
      expect([code, stderr]).toEqual([0, '']);
      // docker-compose 1.29 prints services of other profiles as well.
      expect(Object.keys(services)).toEqual(expect.arrayContaining([...row.services]));
    });

    test('gives the login of an account to workers and dashboard only', async () => {
      const { services } = await configOf(program, { files: [MAIN_FILE], profiles: ['tools'] });
      expect(services).toHaveProperty('worker');
      for (const [name, { environment }] of Object.entries(services)) {
        const login = Object.entries(environment).filter(([, value]) => value?.includes('canary'));
        const names = new Set(login.map(([variable]) => variable));
        expect(names, name).toEqual(new Set(LOGGED_IN.includes(name) ? account : []));
      }
    });

    test.each(overrides)('takes the override of the page: $about', async ({ text, check }) => {
      const compose = await composeFolder('ims-ferry-test-override');
      onTestFinished(compose.remove);
      await writeEnvFile(compose.folder, Object.fromEntries(account.map((name) => [name, 'x'])));
      await writeFile(join(compose.folder, 'docker-compose.override.yml'), text);
      await check(parseConfig(await compose.must(program, ['config'])));
    });

    test('leaves no setting out', async () => {
      const { services } = await configOf(program, { files: [MAIN_FILE], profiles: ['tools'] });
      const given = Object.values(services).flatMap(({ environment }) => Object.keys(environment));
      const left = SETTINGS.map(({ name }) => name).filter((name) => !given.includes(name));
      expect(left).toEqual(NOT_IN_COMPOSE);
    });

    test('leaves no setting of an account beside the simulator', async () => {
      const files = [MAIN_FILE, SIMULATOR_FILE] as const;
      const { stdout } = await configOf(program, { files, profiles: ['tools'] });
      expect(stdout).toContain('http://simulator:9090/v3');
      expect(stdout).not.toContain('canary');
    });

    test('mounts a clouds.yaml with the other projects of the simulator', async () => {
      const files = [MAIN_FILE, SIMULATOR_FILE] as const;
      const { services } = await configOf(program, { files, profiles: [] });
      for (const name of LOGGED_IN) {
        const volumes = JSON.stringify(services[name]?.['volumes']);
        expect(volumes).toContain('deploy/simulator/clouds.yaml');
        expect(volumes).toContain('/etc/openstack/clouds.yaml');
      }
    });

    test('lets no container write its root or gain a privilege', async () => {
      const files = [MAIN_FILE, SIMULATOR_FILE] as const;
      const { services } = await configOf(program, { files, profiles: ['tools'] });
      expect(services).toHaveProperty('simulator');
      for (const [name, service] of Object.entries(services)) {
        expect(service, name).toMatchObject({
          read_only: true,
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
        });
      }
    });
  });
}
