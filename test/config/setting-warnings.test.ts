import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settingWarnings } from '../../src/shared/config/setting-warnings.ts';
import { SETTINGS } from '../../src/shared/config/settings.ts';

test.each([
  ['IMS_FERRY_MAX_INFLIGHT', 'did you mean IMS_FERRY_MAX_IN_FLIGHT?'],
  ['IMSFERRY_NAMESPACE', 'did you mean IMS_FERRY_NAMESPACE?'],
  ['ims_ferry_submit_rate', 'did you mean IMS_FERRY_SUBMIT_RATE?'],
  ['IMS_FERRY_DASHBOARD_PASWORD', 'did you mean IMS_FERRY_DASHBOARD_PASSWORD?'],
  ['IMS_FERRY_SOMETHING_ELSE', 'docs/settings.md lists all of them'],
  ['OS_PASWORD', 'did you mean OS_PASSWORD?'],
  ['OS_USRENAME', 'did you mean OS_USERNAME?'],
])('%s is a mistake', (name, words) => {
  const [warning, ...others] = settingWarnings({ [name]: 'canary' });
  expect(warning).toBe(`${name} is not a setting and has no effect; ${words}`);
  expect(others).toEqual([]);
});

test.each([
  ...['OS_VOLUME_API_VERSION', 'OS_USER', 'OS_ID', 'OS_TENANT_NAME', 'OSTYPE', 'PATH', 'REDIS_URI'],
  'HUAWEICLOUD_SDK_DOMAIN_ID',
  // Of Kubernetes, for a Service called ims-ferry-dashboard.
  ...['SERVICE_HOST', 'SERVICE_PORT', 'SERVICE_PORT_HTTP', 'PORT', 'PORT_9300_TCP_ADDR'].map(
    (of) => `IMS_FERRY_DASHBOARD_${of}`,
  ),
])('%s belongs to others', (name) => {
  expect(settingWarnings({ [name]: 'x' })).toEqual([]);
});

test('an empty variable is not set', () => {
  expect(settingWarnings({ IMS_FERRY_MAX_INFLIGHT: ' ', IMS_FERRY_COLOUR: undefined })).toEqual([]);
});

test('every setting, and every name in documents and container files, is known', () => {
  const files = [
    'README.md',
    'Dockerfile',
    ...globSync(['docs/**/*.md', 'docker-compose*.yml', 'deploy/**/*.{yml,yaml,env,service}']),
  ];
  const written = files.flatMap(
    (file) => readFileSync(file, 'utf8').match(/\bIMS_FERRY_[A-Z_]*[A-Z]\b(?!_?\*)/g) ?? [],
  );
  expect(written.length).toBeGreaterThan(50);
  const names = [...written, ...SETTINGS.map(({ name }) => name)];
  const env = Object.fromEntries(names.map((name) => [name, '1']));
  expect(settingWarnings(env)).toEqual([]);
});

test.each([
  ['40', 0],
  ['41', 1],
  ['', 0],
  // Refused elsewhere.
  ['many', 0],
])('%s images in flight give %i warnings', (value, count) => {
  const warnings = settingWarnings({ IMS_FERRY_MAX_IN_FLIGHT: value });
  expect(warnings).toHaveLength(count);
  if (count === 1) expect(warnings[0]).toContain('IMS creates at most 40 images at once');
});
