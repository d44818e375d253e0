import { expect, test } from 'vitest';
import { loadCloudConfig } from '../../src/shared/config/cloud/load-cloud.ts';
import { issuesOf } from '../support/config-issues.ts';
import { textFile } from '../support/manifest-file.ts';

async function issuesIn(text: string, more: Readonly<Record<string, string>> = {}) {
  const file = await textFile('clouds.yaml', text);
  const env = { HOME: '/nonexistent', OS_CLIENT_CONFIG_FILE: file, ...more };
  return (await issuesOf(() => loadCloudConfig({ env }))).join();
}

test.each([
  ['canary-pw', 'holds no clouds'],
  ['- canary-pw', 'holds no clouds'],
  ['clouds: canary-pw', 'holds no clouds'],
  ['clouds: [{ name: canary-pw }]', 'holds no clouds'],
  ['clouds: { otc: canary-pw }', 'cloud otc in'],
  ['clouds: { otc: { auth: canary-pw } }', 'auth of cloud otc in'],
  ['clouds: { otc: { auth: [canary-pw] } }', 'auth of cloud otc in'],
])('%s is reported, and no password', async (text, says) => {
  const issues = await issuesIn(text, { OS_CLOUD: 'otc' });
  expect(issues).toContain(says);
  expect(issues).not.toContain('canary');
});

test.each(['', '---\n', 'clouds:\n', 'cache: {}\n'])(
  'a file without clouds is as good as none: %j',
  async (text) => {
    expect(await issuesIn(text)).toContain('OS_AUTH_URL is not set');
  },
);

const ENTRY = { auth_url: 'https://iam.test/v3', username: 'me', password: 'p' };

test.each([
  { path: 'region', meant: 'region_name' },
  { path: 'regon_name', meant: 'region_name' },
  { path: 'auth.user_name', meant: 'auth.username' },
  { path: 'auth.project', meant: 'auth.project_name' },
])('$path is named, with the field that was meant', async ({ path, meant }) => {
  const [below, above] = path.startsWith('auth.') ? [path.slice(5), 'x'] : ['x', path];
  const clouds = { clouds: { a: { auth: { ...ENTRY, [below]: 'canary' }, [above]: 'canary' } } };
  const issues = await issuesIn(JSON.stringify(clouds));
  expect(issues).toContain(`${path} in `);
  expect(issues).toContain(`did you mean ${meant}?`);
  expect(issues).not.toContain('canary');
});

test('fields of other tools are not mistakes', async () => {
  const others = {
    ...{ volume_api_version: '3', floating_ip_source: 'None', networks: [], verify: 'true' },
    ...{ compute_endpoint_override: 'https://x.test', image_format: 'qcow2', regions: ['eu-de'] },
    ...{ api_timeout: '10', message: 'x', profile: 'otc', database_service_type: 'rdsv3' },
  };
  const text = JSON.stringify({
    clouds: { a: { auth: { auth_url: 'https://a.test' }, ...others } },
  });
  expect(await issuesIn(text)).not.toContain('did you mean');
});
