import { expect, test } from 'vitest';
import { FIELD_NAMES, FIELDS } from '../../src/shared/config/cloud/fields.ts';
import { loadCloudConfig, loadObsConfig } from '../../src/shared/config/cloud/load-cloud.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { loadDashboardConfig } from '../../src/shared/config/dashboard-config.ts';
import { SETTINGS } from '../../src/shared/config/settings.ts';

/** Read, but not our settings: home folders, and what is refused. */
const NOT_OURS = ['HOME', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'NODE_TLS_REJECT_UNAUTHORIZED'];
/** Documented with another setting in the list. */
const BESIDE = [
  ...['OS_CLIENT_SECURE_FILE', 'OS_CLIENT_VENDOR_FILE', 'ALL_PROXY'],
  ...['all_proxy', 'https_proxy', 'http_proxy', 'no_proxy'],
];
/** Refused, whatever their value: no reason to list them. */
const REFUSED = ['OS_PASSCODE', 'OS_INSECURE', 'OS_IDENTITY_API_VERSION'];

test('what this version reads is what its list of settings names, with its default', async () => {
  const names = new Set<string>();
  const env = new Proxy<Record<string, string>>(
    {},
    {
      get: (_, name) => {
        names.add(String(name));
        // Without a proxy its exceptions are not read.
        return name === 'HTTPS_PROXY' ? 'http://proxy.test' : undefined;
      },
    },
  );
  loadConfig(env);
  loadDashboardConfig(env);
  await loadObsConfig({ env });
  await loadCloudConfig({ env }).catch(() => undefined);
  const listed: readonly string[] = SETTINGS.map(({ name }) => name);
  const meanings = SETTINGS.map(({ meaning }) => meaning).join(' ');
  // The first name of a field is listed, or named in the meaning of another one; its other names are not.
  const fields = FIELD_NAMES.map((field) => FIELDS[field].env);
  for (const [first] of fields) {
    const isListed = first === undefined || listed.includes(first) || meanings.includes(first);
    if (!isListed)
      expect([...REFUSED, 'OS_DEFAULT_DOMAIN_NAME', 'OS_DEFAULT_DOMAIN_ID']).toContain(first);
  }
  const others = new Set([...fields.flat(), ...NOT_OURS, ...BESIDE, ...REFUSED]);
  const read = [...names].filter((name) => !others.has(name) || listed.includes(name));
  expect(new Set(read)).toEqual(new Set(listed));
  const numbers = SETTINGS.filter(({ default: text }) => /^\d/.test(text));
  const defaults = Object.fromEntries(numbers.map(({ name, default: text }) => [name, text]));
  expect(loadConfig(defaults)).toEqual(loadConfig({}));
});
