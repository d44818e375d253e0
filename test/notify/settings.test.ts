import { expect, test } from 'vitest';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { settingWarnings } from '../../src/shared/config/setting-warnings.ts';
import { ConfigError } from '../../src/shared/errors/errors.ts';
import { redacted } from '../../src/shared/errors/known-secrets.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { runFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';

const key = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const SLACK = 'https://hooks.slack.com/services/T0123/B0123/aBcDeFgHiJkLmNoPqRsTuV12';

function issuesOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}

test('targets come from their settings, each with its own secret', async () => {
  const { notify } = loadConfig({
    IMS_FERRY_NOTIFY_URL: SLACK,
    IMS_FERRY_NOTIFY_URL_OPS_TEAM: 'https://hooks.test:8443/a?sig=x',
    IMS_FERRY_NOTIFY_SECRET_OPS_TEAM: `${key(1)} ${key(2)}`,
    IMS_FERRY_NOTIFY_URL_FILED_FILE: await textFile('address', ' https://filed.test/x \n'),
    IMS_FERRY_NOTIFY_SECRET_FILED_FILE: await textFile('secret', `${key(3)}\n`),
  });
  expect(notify.targets.map(({ name, host, keys }) => [name, host, keys.length])).toEqual([
    ['default', 'hooks.slack.com', 0],
    ['ops_team', 'hooks.test:8443', 2],
    ['filed', 'filed.test', 1],
  ]);
  expect(redacted(`at ${SLACK} and aBcDeFgHiJkLmNoPqRsTuV12, ${key(1)}`)).toBe(
    'at [secret] and [secret], [secret]',
  );
});

test.each([
  [{ IMS_FERRY_NOTIFY_URL: 'hooks.test/secret-path' }, /^IMS_FERRY_NOTIFY_URL is not a URL/],
  [{ IMS_FERRY_NOTIFY_URL: 'http://hooks.test/secret-path' }, /is plain http; expected https/],
  [{ IMS_FERRY_NOTIFY_URL: 'file:///secret-path' }, /is not a URL/],
  [{ IMS_FERRY_NOTIFY_URL: 'https://a.test/secret-path#x' }, /contains a #/],
  [{ IMS_FERRY_NOTIFY_URL: 'https://a.test/secret path' }, /contains a blank/],
  [{ IMS_FERRY_NOTIFY_URL_OPS_FILE: '/none/secret-path' }, /_OPS_FILE: .* does not exist/],
  [{ IMS_FERRY_NOTIFY_SECRET: 'secret-path' }, /is not whsec_ followed by 24 to 64 bytes/],
  [{ IMS_FERRY_NOTIFY_SECRET: 'whsec_c2hvcnQ=' }, /is not whsec_ followed/],
  [{ IMS_FERRY_NOTIFY_SECRET: `${key(1)} ${key(2)} ${key(3)}` }, /has 3 secrets/],
])('%o is refused', (env, issue) => {
  const issues = issuesOf(env);
  expect(issues).toEqual([expect.stringMatching(issue)]);
  if (!('IMS_FERRY_NOTIFY_URL_OPS_FILE' in env)) expect(issues[0]).not.toMatch(/secret-path/);
});

test('plain http is for loopback, or where it is allowed', () => {
  expect(issuesOf({ IMS_FERRY_NOTIFY_URL: 'http://127.0.0.1:1/' })).toEqual([]);
  const url = 'http://hooks.test/';
  expect(issuesOf({ IMS_FERRY_NOTIFY_URL: url, IMS_FERRY_ALLOW_HTTP: '1' })).toEqual([]);
});

test('a name that is no setting is reported, and a secret without an address', () => {
  expect(
    settingWarnings({
      IMS_FERRY_NOTIFY_URL_OPS: 'https://x.test',
      IMS_FERRY_NOTIFY_SECRET_OPS_FILE: '/x',
      IMS_FERRY_NOTIFY_URL_FILE: '/x',
      IMS_FERRY_NOTIFY_SECRET: 'x',
    }),
  ).toEqual([]);
  expect(settingWarnings({ IMS_FERRY_NOTIFY_SECRET_OPS: 'x', IMS_FERRY_NOTIFY_URI: 'y' })).toEqual([
    'IMS_FERRY_NOTIFY_SECRET_OPS has no effect, because IMS_FERRY_NOTIFY_URL_OPS is not set',
    'IMS_FERRY_NOTIFY_URI is not a setting and has no effect; did you mean IMS_FERRY_NOTIFY_URL?',
  ]);
});

test('config shows that an address is set, and never the address', async () => {
  const { stdout } = await runFerry(['config'], {
    IMS_FERRY_NOTIFY_URL: SLACK,
    IMS_FERRY_NOTIFY_URL_OPS: SLACK,
    IMS_FERRY_NOTIFY_SECRET_OPS: key(1),
  });
  expect(stdout).toMatch(/^IMS_FERRY_NOTIFY_URL +\(hidden\)/m);
  expect(stdout).toMatch(/^IMS_FERRY_NOTIFY_URL_OPS +\(hidden\)/m);
  expect(stdout).toMatch(/^IMS_FERRY_NOTIFY_SECRET_OPS +\(hidden\)/m);
  expect(stdout).not.toMatch(/aBcD|whsec/);
});

test.each([
  SLACK,
  'https://hooks.test/services/T0/B0/abcdefghijklmnopqrstuvwx',
  'https://user:pw@hooks.test/',
  'https://hooks.test/?sig=abc',
  'https://teams.test/webhookb2/6f1c7a52-6b1e-4a53-9d2c-0c7a5b1f2e3d@x/',
])('--notify refuses an address with a secret in it: %s', async (url) => {
  const { code, stderr } = await runFerry(['work', '--notify', url], {});
  expect(code).toBe(2);
  expect(stderr).toContain('seems to hold a secret');
  expect(stderr).not.toContain(url);
});

test.each(['https://hooks.test/x', '"ops team"', '7', 'ops/team', '[ops]'])(
  'a manifest names a target and no address: notify: %s',
  async (notify) => {
    const file = await textFile(
      'm.yaml',
      `notify: ${notify}\nimages:\n  - {image_url: "bucket:a.qcow2", min_disk: 40, os_version: CentOS 7.0 64bit}\n`,
    );
    const { code, stderr } = await runFerry(['validate', file], {});
    expect(code).toBe(2);
    expect(stderr).toMatch(/m\.yaml:1:\d+.*notify.*is not a name.*IMS_FERRY_NOTIFY_URL_OPS/);
    expect(stderr).not.toContain('hooks.test');
  },
);

test('whom a manifest notifies is no part of its imports', () => {
  const keysOf = (head: string) => {
    const image =
      'images: [{image_url: "bucket:a.qcow2", min_disk: 40, os_version: CentOS 7.0 64bit}]';
    const read = parseManifest(Buffer.from(`${head}${image}`), 'm.yaml');
    if (!read.ok) throw new Error(JSON.stringify(read.issues));
    const { notify, images } = read.manifest;
    return { notify, keys: images.map(({ request }) => importKey(request)) };
  };
  const plain = keysOf('');
  expect(plain.notify).toBeUndefined();
  expect(keysOf('notify: Ops-Team\n')).toEqual({ ...plain, notify: 'ops_team' });
});
