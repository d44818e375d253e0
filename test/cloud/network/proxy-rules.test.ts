import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../../src/shared/cloud/http/proxy.ts';
import { EnvReader } from '../../../src/shared/config/env-reader.ts';
import { proxyOf } from '../../../src/shared/config/network-config.ts';

const PROXY = 'http://proxy.test:3128';

function goesBy(hostname: string, noProxy: string, port = 443): boolean {
  const target = { protocol: 'https:', hostname, port };
  return proxyFor({ https: PROXY, noProxy }, target) === PROXY;
}

describe('exceptions', () => {
  test.each([
    ['ims.example.com', 'ims.example.com'],
    ['ims.example.com', 'example.com'],
    ['ims.example.com', '.example.com'],
    ['ims.example.com', '*.example.com'],
    ['IMS.Example.com.', 'a.test, EXAMPLE.COM'],
    ['ims.example.com', 'a.test b.test example.com'],
    ['ims.example.com', 'ims.example.com:443'],
    ['ims.example.com', '*'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['[fd00::5]', 'fd00::/8'],
    ['[fd00::5]', '[fd00::5]:443'],
    ['fd00::5', 'fd00::5'],
  ])('%s is reached directly by %s', (host, noProxy) => {
    expect(goesBy(host, noProxy)).toBe(false);
  });

  test.each([
    ['ims.example.com', ''],
    ['ims.example.com', 'xample.com'],
    ['ims.example.com', 'ims.example.com:8443'],
    ['ims.example.com', '10.0.0.0/8'],
    ['11.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '2.3'],
    ['10.1.2.3', '10.0.0.0/99'],
    ['10.1.2.3', 'fd00::/8'],
  ])('%s goes through the proxy in spite of %s', (host, noProxy) => {
    expect(goesBy(host, noProxy)).toBe(true);
  });

  test.each(['localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])(
    'this machine (%s) is never called through a proxy',
    (host) => expect(goesBy(host, '')).toBe(false),
  );

  test('whatever the list holds, it breaks nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.domain(), (noProxy, host) => {
        expect(typeof goesBy(host, noProxy)).toBe('boolean');
        expect(goesBy(host, `${noProxy},${host}`)).toBe(false);
      }),
    );
  });
});

describe('the environment', () => {
  const read = (env: Record<string, string>) => {
    const reader = new EnvReader(env);
    return { proxy: proxyOf(reader), issues: reader.issues };
  };

  test.each([
    [{ HTTPS_PROXY: PROXY }, { https: PROXY, noProxy: '' }],
    [{ HTTPS_PROXY: 'proxy.test:3128' }, { https: PROXY, noProxy: '' }],
    [
      { HTTPS_PROXY: 'http://x', https_proxy: PROXY },
      { https: PROXY, noProxy: '' },
    ],
    [
      { ALL_PROXY: PROXY, NO_PROXY: 'a' },
      { https: PROXY, http: PROXY, noProxy: 'a' },
    ],
    [{ HTTP_PROXY: PROXY }, { http: PROXY, noProxy: '' }],
    [{ NO_PROXY: 'a' }, undefined],
  ])('%o', (env, proxy) => {
    expect(read(env as Record<string, string>)).toEqual({ proxy, issues: [] });
  });

  test.each([
    ['socks5://me:canary@host:1080', 'SOCKS'],
    ['ftp://me:canary@host', 'not the URL of a proxy'],
    ['http://me:canary@', 'not the URL of a proxy'],
  ])('%s is refused, and not repeated', (value, says) => {
    const issues = read({ HTTPS_PROXY: value }).issues.join();
    expect(issues).toContain(says);
    expect(issues).not.toContain('canary');
  });
});
