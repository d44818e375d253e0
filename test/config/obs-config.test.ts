import { describe, expect, test } from 'vitest';
import { loadObsConfig } from '../../src/shared/config/cloud/load-cloud.ts';
import type { Env } from '../../src/shared/config/env-reader.ts';
import { ConfigError } from '../../src/shared/errors/errors.ts';

const load = (env: Env) => loadObsConfig({ env });
const KEYS = { OS_ACCESS_KEY: 'AK', OS_SECRET_KEY: 'canary-secret-key' };

describe('where OBS is', () => {
  test.each([
    ['https://iam.eu-de.otc.t-systems.com/v3', 'https://obs.eu-de.otc.t-systems.com', 'eu-de'],
    ['https://iam.eu-nl.otc.t-systems.com:443/v3', 'https://obs.eu-nl.otc.t-systems.com', 'eu-nl'],
    [
      'https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3',
      'https://obs.eu-ch2.sc.otc.t-systems.com',
      'eu-ch2',
    ],
    [
      'https://iam.cn-north-4.myhuaweicloud.com/v3',
      'https://obs.cn-north-4.myhuaweicloud.com',
      'cn-north-4',
    ],
  ])('follows from %s', async (authUrl, endpoint, region) => {
    expect(await load({ ...KEYS, OS_AUTH_URL: authUrl })).toMatchObject({ endpoint, region });
  });

  test('follows from the region where the login has none', async () => {
    const env = {
      ...KEYS,
      OS_AUTH_URL: 'https://iam.myhuaweicloud.com/v3',
      OS_REGION_NAME: 'ap-1',
    };
    expect((await load(env))?.endpoint).toBe('https://obs.ap-1.myhuaweicloud.com');
  });

  test('is what OBS_ENDPOINT says, before all else', async () => {
    const env = { ...KEYS, OBS_ENDPOINT: 'https://obs.example.com/', OS_REGION_NAME: 'r' };
    expect(await load(env)).toMatchObject({ endpoint: 'https://obs.example.com', region: 'r' });
  });

  test('must be set where it cannot be derived', async () => {
    await expect(load({ ...KEYS, OS_AUTH_URL: 'https://keystone.example/v3' })).rejects.toThrow(
      'OBS_ENDPOINT is not set',
    );
  });
});

test('without keys there is no OBS, with S3 names there is', async () => {
  expect(await load({})).toBeUndefined();
  const env = {
    S3_ACCESS_KEY_ID: 'a',
    S3_SECRET_ACCESS_KEY: 'b',
    OS_SECURITY_TOKEN: 't',
    OBS_ENDPOINT: 'https://o',
  };
  expect(await load(env)).toMatchObject({ accessKey: 'a', secretKey: 'b', securityToken: 't' });
});

test('half a pair of keys is an error, and the other half is not repeated', async () => {
  for (const [name, value] of Object.entries(KEYS)) {
    try {
      await load({ [name]: value, OBS_ENDPOINT: 'https://o' });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect(String(error)).not.toContain('canary');
    }
  }
});
