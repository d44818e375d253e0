import { describe, expect, test } from 'vitest';
import { loadObsConfig } from '../../src/shared/config/obs-config.ts';
import { ConfigError } from '../../src/shared/errors/errors.ts';

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
  ])('is told by %s', (authUrl, endpoint, region) => {
    expect(loadObsConfig({ ...KEYS, OS_AUTH_URL: authUrl })).toMatchObject({ endpoint, region });
  });

  test('is told by the region where the login has none', () => {
    const env = {
      ...KEYS,
      OS_AUTH_URL: 'https://iam.myhuaweicloud.com/v3',
      OS_REGION_NAME: 'ap-1',
    };
    expect(loadObsConfig(env)?.endpoint).toBe('https://obs.ap-1.myhuaweicloud.com');
  });

  test('is what OBS_ENDPOINT says, before all else', () => {
    const env = { ...KEYS, OBS_ENDPOINT: 'https://obs.example.com/', OS_REGION_NAME: 'r' };
    expect(loadObsConfig(env)).toMatchObject({ endpoint: 'https://obs.example.com', region: 'r' });
  });

  test('has to be said where nothing tells it', () => {
    expect(() => loadObsConfig({ ...KEYS, OS_AUTH_URL: 'https://keystone.example/v3' })).toThrow(
      'OBS_ENDPOINT is not set',
    );
  });
});

test('without keys there is no OBS, with S3 names there is', () => {
  expect(loadObsConfig({})).toBeUndefined();
  const env = {
    S3_ACCESS_KEY_ID: 'a',
    S3_SECRET_ACCESS_KEY: 'b',
    OS_SECURITY_TOKEN: 't',
    OBS_ENDPOINT: 'https://o',
  };
  expect(loadObsConfig(env)).toMatchObject({ accessKey: 'a', secretKey: 'b', securityToken: 't' });
});

test('half a pair of keys is an error, and the other half is not repeated', () => {
  for (const [name, value] of Object.entries(KEYS)) {
    try {
      loadObsConfig({ [name]: value, OBS_ENDPOINT: 'https://o' });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect(String(error)).not.toContain('canary');
    }
  }
});
