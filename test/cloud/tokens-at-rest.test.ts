import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type CachedLogin,
  createTokenCipher,
  deriveKey,
  fingerprintOf,
  TokenStore,
} from '../../src/shared/cloud/session/token-store.ts';
import type { CloudConfig } from '../../src/shared/config/cloud/cloud-config.ts';
import { passwordCloud } from '../support/cloud-config.ts';
import { useRedis } from '../support/use-redis.ts';

const PASSWORD = 'canary-password';
const TOKEN = `MII${'canary-token'.repeat(100)}`;
const ME = { username: 'me', password: PASSWORD, domain: 'OTC1' };
const CLOUD_URL = { authUrl: 'https://iam.test/v3' };
const CLOUD = passwordCloud(ME, CLOUD_URL);

function who(more: Partial<typeof ME>): Partial<CloudConfig> {
  const { credential, project } = passwordCloud({ ...ME, ...more }, CLOUD_URL);
  return { credential, ...(project && { project }) };
}

const LOGIN: CachedLogin = {
  token: TOKEN,
  projectId: 'p1',
  imsEndpoint: 'https://ims.test',
  issuedAt: 1_000_000,
  lifeMs: 60_000,
};
const KEY = randomBytes(32);

describe('a cipher', () => {
  const cipher = createTokenCipher(KEY);
  const sealed = cipher.encrypt('text', 'name');

  test('opens what it sealed, and seals the same text differently each time', () => {
    expect(cipher.decrypt(sealed, 'name')).toBe('text');
    const again = Array.from({ length: 100 }, () => cipher.encrypt('text', 'name'));
    expect(new Set(again).size).toBe(100);
  });

  test('opens nothing under another name, with another key, or of another version', () => {
    expect(cipher.decrypt(sealed, 'other')).toBeUndefined();
    expect(createTokenCipher(randomBytes(32)).decrypt(sealed, 'name')).toBeUndefined();
    expect(cipher.decrypt(sealed.replace('v1:', 'v2:'), 'name')).toBeUndefined();
  });

  test('opens nothing of which one bit was changed or a byte is missing', () => {
    const bytes = Buffer.from(sealed.slice(3), 'base64');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(cipher.decrypt(`v1:${changed.toString('base64')}`, 'name')).toBeUndefined();
      const cut = bytes.subarray(0, at).toString('base64');
      expect(cipher.decrypt(`v1:${cut}`, 'name')).toBeUndefined();
    }
    for (const text of ['', 'v1', 'v1:', 'v1:%%%', 'text']) {
      expect(cipher.decrypt(text, 'name')).toBeUndefined();
    }
  });

  test('names a text the same each time, and differently with another key', () => {
    expect(cipher.fingerprint(TOKEN)).toBe(createTokenCipher(KEY).fingerprint(TOKEN));
    expect(cipher.fingerprint(TOKEN)).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(createTokenCipher(randomBytes(32)).fingerprint(TOKEN)).not.toBe(
      cipher.fingerprint(TOKEN),
    );
  });

  test('has another key for another password or another installation', async () => {
    const keys = await Promise.all([
      deriveKey(PASSWORD, 'salt'),
      deriveKey(PASSWORD, 'salt'),
      deriveKey(PASSWORD, 'other'),
      deriveKey('other', 'salt'),
    ]);
    const [first, same, ...others] = keys.map((key) => key.toString('hex'));
    expect(same).toBe(first);
    expect(others).not.toContain(first);
  });
});

describe('the store', () => {
  const server = useRedis({ emptied: true });

  const open = (cloud: Partial<CloudConfig> = {}, tokenKey: Buffer | undefined = KEY) =>
    TokenStore.open(server.client, '{x}:token:', { cloud: { ...CLOUD, ...cloud }, tokenKey });

  /** Every key with everything in it, as Redis returns it. */
  async function everything(): Promise<string> {
    const parts: string[] = [];
    for (const key of await server.client.keys('*')) {
      const type = await server.client.type(key);
      if (type !== 'string' && type !== 'hash') throw new Error(`${key} is a ${type}`);
      const value =
        type === 'hash' ? await server.client.hgetall(key) : await server.client.get(key);
      parts.push(key, JSON.stringify(value));
    }
    return parts.join('\n');
  }

  test('gives back what it was given, to its own identity only', async () => {
    const store = await open();
    await store.write(LOGIN);
    expect(await (await open()).read()).toEqual(LOGIN);
    const others: Partial<CloudConfig>[] = [
      who({ password: 'other' }),
      who({ username: 'you' }),
      who({ domain: 'OTC2' }),
      { project: { name: 'eu-de_other' } },
      { agency: { name: 'a', domain: { name: 'b' } } },
      { interface: 'internal' },
      { credential: { method: 'token', token: PASSWORD } },
      { authUrl: 'https://iam.other.test/v3' },
      { region: 'eu-nl' },
      { imsEndpoint: 'https://ims.other.test' },
    ];
    for (const other of others) expect(await (await open(other)).read()).toBeUndefined();
    expect(await (await open({}, randomBytes(32))).read()).toBeUndefined();
  });

  test('shows neither token nor password, in no key and no value', async () => {
    for (const tokenKey of [KEY, undefined]) {
      const secrets = { cloud: CLOUD, tokenKey };
      const store = await TokenStore.open(server.client, '{x}:token:', secrets);
      await store.write(LOGIN);
      await store.lock('owner');
      await store.noteRefused('IAM refuses the login of me');
    }
    const text = await everything();
    expect(text.split('\n').length).toBeGreaterThanOrEqual(2 * 7);
    const plain = [TOKEN, PASSWORD, KEY.toString('base64'), KEY.toString('hex')];
    const encoded = plain.map((secret) => Buffer.from(secret).toString('base64').slice(0, 18));
    for (const secret of [...plain, ...encoded, 'canary', 'p1"', 'ims.test']) {
      expect(text).not.toContain(secret);
    }
  });

  test('a blob that was moved from another identity opens nothing', async () => {
    await (await open()).write(LOGIN);
    const other = await open(who({ username: 'you' }));
    await other.write({ ...LOGIN, token: 'own' });
    const keys = await server.client.keys('*login*');
    const [first = '', second = ''] = keys;
    const [one, two] = [
      await server.client.hget(first, 'sealed'),
      await server.client.hget(second, 'sealed'),
    ];
    await server.client.hset(first, 'sealed', two ?? '');
    await server.client.hset(second, 'sealed', one ?? '');
    expect(await other.read()).toBeUndefined();
    expect(await (await open()).read()).toBeUndefined();
  });

  test('forgets a token that is named, and no newer one', async () => {
    const store = await open();
    await store.write(LOGIN);
    const old = fingerprintOf(LOGIN, store.cipher);
    await store.write({ ...LOGIN, token: 'newer' });
    await store.forget(old);
    expect((await store.read())?.token).toBe('newer');
    await store.forget(fingerprintOf({ ...LOGIN, token: 'newer' }, store.cipher));
    expect(await store.read()).toBeUndefined();
  });

  test('gives the lock to one, and takes it from nobody else', async () => {
    const [one, two] = [await open(), await open()];
    expect(await one.lock('a')).toBe(true);
    expect(await two.lock('b')).toBe(false);
    await two.unlock('b');
    expect(await two.lock('b')).toBe(false);
    await one.unlock('a');
    expect(await two.lock('b')).toBe(true);
  });

  test('keeps nothing for ever but the salt', async () => {
    const store = await TokenStore.open(server.client, '{x}:token:', {
      cloud: CLOUD,
      tokenKey: undefined,
    });
    await store.write(LOGIN);
    await store.lock('owner');
    await store.noteRefused('no');
    const endless = [];
    for (const key of await server.client.keys('*'))
      if ((await server.client.pttl(key)) < 0) endless.push(key);
    expect(endless).toEqual(['{x}:token:salt']);
    const cached = await server.client.keys('*login*');
    expect(await server.client.pttl(cached[0] ?? '')).toBeLessThanOrEqual(LOGIN.lifeMs);
  });
});
