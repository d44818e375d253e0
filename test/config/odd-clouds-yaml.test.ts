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
