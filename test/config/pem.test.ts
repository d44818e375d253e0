import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCloudConfig } from '../../src/shared/config/cloud/load-cloud.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { type Authority, openAuthority } from '../support/authority.ts';
import { issuesOf } from '../support/config-issues.ts';
import { needing } from '../support/programs.ts';

describe('a certificate of ours', needing('openssl'), () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await openAuthority();
    await authority.issue('mine', 'me.test', 2);
    await authority.issue('other', 'other.test', 2);
    const head = '-----BEGIN PRIVATE KEY-----';
    await writeFile(join(authority.folder, 'broken.key'), `${head}\ncanary\n`);
  });
  afterAll(() => rm(authority.folder, { recursive: true, force: true }));

  const at = (name: string): string => join(authority.folder, name);

  /** What is wrong with the pair, for Redis and for the cloud. */
  async function faultsOf(cert: string, key: string): Promise<readonly string[]> {
    const ofRedis = { IMS_FERRY_REDIS_CERT_FILE: at(cert), IMS_FERRY_REDIS_KEY_FILE: at(key) };
    const token = { OS_AUTH_URL: 'https://iam.test', OS_TOKEN: 't' };
    const ofCloud = { ...token, OS_CERT: at(cert), OS_KEY: at(key) };
    return [
      ...(await issuesOf(async () => loadConfig(ofRedis))),
      ...(await issuesOf(() => loadCloudConfig({ env: ofCloud }))),
    ];
  }

  test('is taken with its key', async () => {
    expect(await faultsOf('mine.pem', 'mine.key')).toEqual([]);
  });

  test.each([
    ['mine.pem', 'other.key', 'the key does not belong to the certificate'],
    ['mine.pem', 'broken.key', 'the private key is damaged, or needs a passphrase'],
    ['mine.pem', 'mine.pem', 'no private key in PEM'],
    ['mine.key', 'mine.key', 'no certificate in PEM'],
  ])('%s with %s is refused before anything is connected: %s', async (cert, key, says) => {
    const faults = await faultsOf(cert, key);
    expect(faults).toHaveLength(2);
    for (const fault of faults) {
      expect(fault).toContain(says);
      expect(fault).not.toContain('canary');
    }
  });
});

test('a CA of Redis that is not a certificate is an error', async () => {
  const issues = await issuesOf(async () => loadConfig({ IMS_FERRY_REDIS_CA_FILE: '/dev/null' }));
  expect(issues).toEqual([
    'IMS_FERRY_REDIS_CA_FILE names /dev/null, which holds no certificate in PEM',
  ]);
});
