import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  loadCloudConfig,
  loadObsConfig,
  namesCloud,
} from '../../src/shared/config/cloud/load-cloud.ts';
import type { Env } from '../../src/shared/config/env-reader.ts';
import { issuesOf } from '../support/config-issues.ts';

const OTC = `clouds:
  otc:
    profile: otc
    region_name: eu-de
    auth: {username: me, password: canary-pw, user_domain_name: OTC1, project_name: eu-de_team}
    interface: public
    identity_api_version: 3
`;

/** A home of its own with these files in `.config/openstack`. */
async function home(files: Readonly<Record<string, string>>): Promise<{ HOME: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-clouds-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const config = join(folder, '.config', 'openstack');
  await mkdir(config, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(config, name), text);
  return { HOME: folder };
}

const load = (env: Env, cloud?: string) => loadCloudConfig({ env, cloud });

describe('clouds.yaml', () => {
  test('is found below the home, with the profile of OTC for the region', async () => {
    const env = { ...(await home({ 'clouds.yaml': OTC })), OS_CLOUD: 'otc' };
    expect(await load(env)).toEqual({
      name: 'otc',
      authUrl: 'https://iam.eu-de.otc.t-systems.com/v3',
      region: 'eu-de',
      credential: {
        method: 'password',
        user: { name: 'me', domain: { name: 'OTC1' } },
        password: 'canary-pw',
      },
      project: { name: 'eu-de_team', domain: { name: 'OTC1' } },
      interface: 'public',
      jobApi: 'project',
      dialect: 'otc',
      network: {},
    });
  });

  test.each(['clouds.yml', 'clouds.json'])('may be called %s', async (name) => {
    const json = JSON.stringify({
      clouds: { a: { auth: { auth_url: 'https://a.test', token: 't' } } },
    });
    const env = await home({ [name]: json });
    expect((await load({ ...env, OS_CLOUD: 'a' })).authUrl).toBe('https://a.test/v3');
  });

  test('is the file that OS_CLIENT_CONFIG_FILE names, before all others', async () => {
    const { HOME } = await home({ 'clouds.yaml': OTC, 'mine.yaml': OTC.replace('me,', 'you,') });
    const file = join(HOME, '.config/openstack/mine.yaml');
    const cloud = await load({ HOME, OS_CLOUD: 'otc', OS_CLIENT_CONFIG_FILE: file });
    expect(cloud.credential).toHaveProperty('user.name', 'you');
    const gone = { HOME, OS_CLOUD: 'otc', OS_CLIENT_CONFIG_FILE: `${file}x` };
    expect((await issuesOf(() => load(gone))).join()).toContain('mine.yamlx does not exist');
  });

  test('gets its secrets from secure.yaml', async () => {
    const open = OTC.replace('password: canary-pw, ', '');
    const secure = 'clouds: {otc: {auth: {password: from-secure}}}';
    const env = await home({ 'clouds.yaml': open, 'secure.yaml': secure });
    const { credential } = await load({ ...env, OS_CLOUD: 'otc' });
    expect(credential).toHaveProperty('password', 'from-secure');
  });

  test('the environment replaces its values, and a group of fields as one', async () => {
    const env = await home({ 'clouds.yaml': OTC });
    const cloud = await load({ ...env, OS_CLOUD: 'otc', OS_PROJECT_ID: 'p9', OS_USERNAME: 'you' });
    expect(cloud.project).toEqual({ id: 'p9' });
    expect(cloud.credential).toMatchObject({ user: { name: 'you' }, password: 'canary-pw' });
  });

  test('a cloud that a manifest names is read from it alone', async () => {
    const env = await home({ 'clouds.yaml': OTC });
    const others = {
      OS_USERNAME: 'you',
      OS_AUTH_URL: 'https://other.test/v3',
      IMS_ENDPOINT: 'https://x.test',
    };
    const cloud = await load({ ...env, ...others }, 'otc');
    expect(cloud.authUrl).toBe('https://iam.eu-de.otc.t-systems.com/v3');
    expect(cloud.credential).toHaveProperty('user.name', 'me');
    expect(cloud.imsEndpoint).toBeUndefined();
  });

  test('its only cloud need not be named; of several one has to be', async () => {
    const env = await home({ 'clouds.yaml': OTC });
    expect((await load(env)).name).toBe('otc');
    const two = await home({ 'clouds.yaml': `${OTC}  nl: {profile: otc}\n` });
    expect((await issuesOf(() => load(two))).join()).toContain('clouds.yaml has otc, nl');
  });

  test('region and user identify a cloud as well as an address does; the only entry supplies the rest', async () => {
    const own = { OS_REGION_NAME: 'eu-nl', OS_USERNAME: 'you', OS_PASSWORD: 'p' };
    const whole = { ...own, OS_USER_DOMAIN_NAME: 'd', OS_PROJECT_NAME: 'eu-nl_x' };
    const two = await home({ 'clouds.yaml': `${OTC}  nl: {profile: otc}\n` });
    expect(namesCloud({ env: whole })).toBe(true);
    expect(namesCloud({ env: { OS_REGION_NAME: 'eu-nl' } })).toBe(false);
    expect((await load({ ...two, ...whole })).authUrl).toBe(
      'https://iam.eu-nl.otc.t-systems.com/v3',
    );
    const one = await load({ ...(await home({ 'clouds.yaml': OTC })), ...own });
    expect(one).toMatchObject({ name: 'otc', region: 'eu-nl', project: { name: 'eu-de_team' } });
    expect(one.authUrl).toBe('https://iam.eu-nl.otc.t-systems.com/v3');
  });

  test('entries may share the values of an anchor', async () => {
    const text = `x: &all {profile: otc, region_name: eu-nl}
y: &user {username: me, password: p, user_domain_name: d}
clouds:
  nl:
    <<: *all
    auth: {<<: *user, project_name: eu-nl_team, username: you}
`;
    const cloud = await load({ ...(await home({ 'clouds.yaml': text })), OS_CLOUD: 'nl' });
    expect(cloud).toMatchObject({
      authUrl: 'https://iam.eu-nl.otc.t-systems.com/v3',
      credential: { user: { name: 'you', domain: { name: 'd' } }, password: 'p' },
    });
  });

  test('every scalar is text: digits stay whole', async () => {
    const text = OTC.replace('canary-pw', '0123').replace(
      'project_name: eu-de_team',
      'project_id: 00e1',
    );
    const cloud = await load({ ...(await home({ 'clouds.yaml': text })), OS_CLOUD: 'otc' });
    expect(cloud.credential).toHaveProperty('password', '0123');
    expect(cloud.project).toEqual({ id: '00e1' });
  });

  test('regions may be listed, with values of their own; the first is the default', async () => {
    const text = `clouds:
  nl:
    regions:
      - eu-nl
      - name: eu-de
        values: {auth: {project_name: eu-de_x}}
    profile: otc
    auth: {username: me, password: p, user_domain_name: d}
`;
    const env = { ...(await home({ 'clouds.yaml': text })), OS_CLOUD: 'nl' };
    const issues = await issuesOf(() => load(env));
    expect(issues).toEqual([
      'auth.project_name of cloud nl (or auth.project_id of cloud nl) is not set',
    ]);
    const other = text.replace('profile: otc', 'profile: otc\n    region_name: eu-de');
    const german = { ...env, OS_REGION_NAME: 'eu-de' };
    expect((await load(german)).project).toHaveProperty('name', 'eu-de_x');
    const none = await issuesOf(() => load({ ...env, OS_REGION_NAME: 'eu-ch2' }));
    expect(none.join()).toContain("not one of this cloud's regions: eu-nl, eu-de");
    const cloud = await load({ ...(await home({ 'clouds.yaml': other })), OS_CLOUD: 'nl' });
    expect(cloud).toMatchObject({
      region: 'eu-de',
      authUrl: 'https://iam.eu-de.otc.t-systems.com/v3',
      project: { name: 'eu-de_x' },
    });
  });

  test('a profile of clouds-public.yaml may hold the region in its address', async () => {
    const profiles =
      'public-clouds: {own: {auth: {auth_url: "https://iam.{region_name}.own.test/v3"}}}';
    const text = OTC.replace('profile: otc', 'profile: own');
    const env = await home({ 'clouds.yaml': text, 'clouds-public.yaml': profiles });
    expect((await load({ ...env, OS_CLOUD: 'otc' })).authUrl).toBe('https://iam.eu-de.own.test/v3');
  });

  test.each([
    { what: 'an unknown cloud', name: 'x', text: OTC, says: 'cloud x is not in' },
    { what: 'an entry without settings', name: 'x', text: 'clouds:\n  x:\n', says: 'no settings' },
    {
      what: 'no clouds',
      name: 'x',
      text: 'cloud:\n  x: {}\n',
      says: 'nothing is below "clouds:"',
    },
    {
      what: 'an unknown profile',
      name: 'otc',
      text: OTC.replace('profile: otc', 'profile: gone'),
      says: 'unknown profile gone',
    },
    {
      what: 'no YAML',
      name: 'otc',
      text: `${OTC}  bad: [canary-pw\n`,
      says: 'clouds.yaml:9:1: not valid YAML',
    },
    {
      what: 'a password that looks like an alias',
      name: 'otc',
      text: OTC.replace('canary-pw', '*canary-pw'),
      says: 'quote values that begin with *',
    },
    {
      what: 'a password that looks like the head of a block',
      name: 'otc',
      text: OTC.replace(/auth: .*/, 'auth:\n      password: |canary-pw'),
      says: 'not valid YAML (unexpected token)',
    },
    {
      what: 'verify: false',
      name: 'otc',
      text: OTC.replace('interface:', 'verify: false\n    interface:'),
      says: 'switches TLS verification off',
    },
    {
      what: 'a second factor',
      name: 'otc',
      text: OTC.replace('interface:', 'auth_type: v3totp\n    interface:'),
      says: 'a program cannot provide',
    },
    {
      what: 'no user',
      name: 'otc',
      text: OTC.replace('username: me, ', ''),
      says: 'auth.username of cloud otc',
    },
  ])('$what is reported, and no password', async ({ name, text, says }) => {
    const env = { ...(await home({ 'clouds.yaml': text })), OS_CLOUD: name };
    const issues = (await issuesOf(() => load(env))).join();
    expect(issues).toContain(says);
    expect(issues).not.toContain('canary');
  });

  test('OS_CLOUD without any file says where it was looked for', async () => {
    const env = { ...(await home({})), OS_CLOUD: 'otc' };
    const [first] = await issuesOf(() => load(env));
    expect(first).toContain('no clouds.yaml found');
    expect(first).toContain(', /etc/openstack)');
  });

  test('keys beside the login are for OBS', async () => {
    const text = OTC.replace('interface:', 'ak: AK\n    sk: canary-sk\n    interface:');
    const env = { ...(await home({ 'clouds.yaml': text })), OS_CLOUD: 'otc' };
    expect((await load(env)).credential.method).toBe('password');
    expect(await loadObsConfig({ env })).toMatchObject({
      accessKey: 'AK',
      endpoint: 'https://obs.eu-de.otc.t-systems.com',
    });
  });
});

describe('a password from elsewhere', () => {
  const env = {
    OS_AUTH_URL: 'https://iam.test/v3',
    OS_USERNAME: 'me',
    OS_USER_DOMAIN_NAME: 'd',
    OS_PROJECT_NAME: 'p',
  };

  test('is the first line of a file', async () => {
    const { HOME } = await home({ pw: ' pass word \nuser: me\n' });
    const file = join(HOME, '.config/openstack/pw');
    const cloud = await load({ ...env, OS_PASSWORD_FILE: file });
    expect(cloud.credential).toHaveProperty('password', ' pass word ');
  });

  test('is what a command prints, which may be a pipe of the shell', async () => {
    const command = 'printf "x:secret-of-a-command\\nmore" | cut -d: -f2';
    const cloud = await load({ ...env, OS_PASSWORD_COMMAND: command });
    expect(cloud.credential).toHaveProperty('password', 'secret-of-a-command');
  });

  test.each([
    { command: 'echo canary >&2; exit 3', says: 'failed with exit code 3' },
    { command: 'no-such-command-here', says: 'was not found' },
    { command: 'true', says: 'printed nothing' },
  ])('a command that prints none is an error: $says', async ({ command, says }) => {
    const issues = (await issuesOf(() => load({ ...env, OS_PASSWORD_COMMAND: command }))).join();
    expect(issues).toContain(says);
    expect(issues).not.toContain('canary');
  });

  test('in the environment it takes the place of one in clouds.yaml', async () => {
    const where = await home({ 'clouds.yaml': OTC });
    const cloud = await load({ ...where, OS_CLOUD: 'otc', OS_PASSWORD_COMMAND: 'echo new' });
    expect(cloud.credential).toHaveProperty('password', 'new');
  });
});
