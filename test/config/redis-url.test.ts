import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/shared/config/config.ts';
import { parseRedisUrl, safeRedisUrl } from '../../src/shared/config/redis-config.ts';
import { ConfigError } from '../../src/shared/errors/errors.ts';

const one = (host: string, port = 6379) => ({ kind: 'single', host, port });

describe('the address of Redis', () => {
  test.each([
    ['redis://h', { ...one('h'), tls: false, db: 0 }],
    ['redis://h:1/', { ...one('h', 1), tls: false, db: 0 }],
    [
      'rediss://me:p%40w@h:6380/2',
      { ...one('h', 6380), tls: true, db: 2, username: 'me', password: 'p@w' },
    ],
    ['redis://:pw@h', { ...one('h'), tls: false, db: 0, password: 'pw' }],
    ['redis://[::1]:7', { ...one('::1', 7), tls: false, db: 0 }],
    ['unix:///run/r.sock?db=3', { kind: 'socket', path: '/run/r.sock', tls: false, db: 3 }],
    [
      'redis+unix://:pw@/run/r.sock',
      { kind: 'socket', path: '/run/r.sock', tls: false, db: 0, password: 'pw' },
    ],
    [
      'rediss+sentinel://me:pw@a,b:5/prime/4',
      {
        kind: 'sentinel',
        sentinels: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 5 },
        ],
        name: 'prime',
        ...{ tls: true, db: 4, username: 'me', password: 'pw' },
      },
    ],
    [
      'redis+cluster://a:1,[fd00::2]:2,c',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'fd00::2', port: 2 },
          { host: 'c', port: 6379 },
        ],
        ...{ tls: false, db: 0 },
      },
    ],
  ])('%s', (url, place) => expect(parseRedisUrl(url)).toEqual(place));

  test.each([
    'http://h',
    'redis://',
    'redis://h/x',
    'redis://a,b',
    'redis://h:99999',
    'redis://h?db=1',
    'redis+sentinel://a,b',
    'redis+cluster://a/1',
    'redis+cluster://',
    'unix://h/path',
    'redis://%zz@h',
    'redis://me:p@ss@h',
    'redis+sentinel://a/%zz',
    'h:6379',
  ])('%s is none', (url) => expect(parseRedisUrl(url)).toBeUndefined());

  test('any text is accepted or refused; its password is never shown', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseRedisUrl(`redis://${text}`)));
    const secret = fc.stringMatching(/^[a-z]{8,20}$/).map((word) => `Z${word}Z`);
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('redis', 'rediss+sentinel', 'redis+cluster'),
        (word, scheme) => {
          for (const password of [word, `a@${word}`, `a/${word}`, `${word}@b`]) {
            expect(safeRedisUrl(`${scheme}://me:${password}@h:1/n`)).not.toContain(word);
          }
        },
      ),
    );
  });
});

describe('what is beside it', () => {
  test.each([
    { IMS_FERRY_REDIS_CA_FILE: '/nowhere/ca.pem', says: 'does not exist' },
    { REDIS_PASSWORD_FILE: '/nowhere/pw', says: 'does not exist' },
    { REDIS_URL: 'redis://me:p@ss@h', says: 'in a password write @ as %40' },
    { IMS_FERRY_REDIS_KEY_FILE: '/dev/null', says: 'set together' },
  ])('%o is an error', ({ says, ...env }) => {
    try {
      loadConfig(env);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect(String(error)).toContain(says);
    }
  });
});
