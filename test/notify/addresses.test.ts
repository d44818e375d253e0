import type { LookupFunction } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { NotifyTarget } from '../../src/shared/config/notify-config.ts';
import { isPublicAddress, publicOnly } from '../../src/shared/notify/allowed-address.ts';
import { createPoster } from '../../src/shared/notify/post.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { receiver } from '../support/receiver.ts';

test.each([
  ['8.8.8.8', true],
  ['2606:4700::1111', true],
  ['127.0.0.1', false],
  ['127.8.8.8', false],
  ['0.0.0.0', false],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['172.32.0.1', true],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.100.100.200', false],
  ['192.0.0.192', false],
  ['198.18.0.1', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::', false],
  ['::1', false],
  ['[::1]', false],
  ['fe80::1', false],
  ['fd00:ec2::254', false],
  ['ff02::1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:a9fe:a9fe', false],
  ['::127.0.0.1', false],
  ['::7f00:1', false],
  ['[::a9fe:a9fe]', false],
  ['1::1', false],
  ['2001:4860:4860::8888', true],
  ['64:ff9b::7f00:1', false],
  ['2002:7f00:1::', false],
  ['2001:db8::1', false],
  ['localhost', false],
  ['', false],
])('%s is public: %s', (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic);
});

function target(url: string): NotifyTarget {
  return { name: 'default', url, host: new URL(url).host, keys: [] };
}

function poster(options: Partial<Parameters<typeof createPoster>[0]> = {}) {
  const made = createPoster({ allowPrivate: false, clock: systemClock, ...options });
  onTestFinished(() => made.close());
  return made;
}

/** Answers with these addresses, one after the other: a name that changes. */
function resolver(...addresses: readonly string[]): LookupFunction {
  let at = 0;
  return (_, options, callback) => {
    const address = addresses[Math.min(at, addresses.length - 1)] ?? '';
    at += 1;
    const found = { address, family: address.includes(':') ? 6 : 4 };
    if (options.all) callback(null, [found]);
    else callback(null, found.address, found.family);
  };
}

test.each([
  'http://127.0.0.1:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://localhost:PORT/',
  'http://0x7f.1:PORT/',
  'http://2130706433:PORT/',
])('a private address is not connected to, however it is written: %s', async (url) => {
  const hook = await receiver();
  const port = new URL(hook.url).port;
  const result = await poster().post(target(url.replace('PORT', port)), '{}', {});
  expect(result).toMatchObject({ kind: 'failed', isFinal: false });
  expect(result).toHaveProperty('reason', expect.stringContaining('private network'));
  expect(hook.log).toEqual([]);
});

test('a name that leads elsewhere from the second time on is checked each time', async () => {
  const lookup = publicOnly(resolver('8.8.8.8', '127.0.0.1', '::1', '169.254.169.254'));
  const resolved = () =>
    new Promise<string>((resolve) => {
      lookup('rebinding.test', { all: false }, (error, address) =>
        resolve(error ? String(error.code) : String(address)),
      );
    });
  expect(await resolved()).toBe('8.8.8.8');
  for (let time = 0; time < 3; time += 1) expect(await resolved()).toBe('PRIVATE_ADDRESS');
});

test('of several addresses only the public ones are left', async () => {
  const both: LookupFunction = (_, __, callback) =>
    callback(null, [
      { address: '10.0.0.1', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
  const found = await new Promise((resolve) => {
    publicOnly(both)('both.test', { all: true }, (_, addresses) => resolve(addresses));
  });
  expect(found).toEqual([{ address: '2606:4700::1111', family: 6 }]);
});

test('a name that leads to this machine is not connected to', async () => {
  const hook = await receiver();
  const { port } = new URL(hook.url);
  const sending = poster({ lookup: resolver('127.0.0.1') });
  const result = await sending.post(target(`http://inside.test:${port}/`), '{}', {});
  expect(result).toHaveProperty('reason', expect.stringContaining('private network'));
  expect(hook.log).toEqual([]);
});

test('what was checked is what is connected to: the name is resolved once', async () => {
  const hook = await receiver();
  const { port } = new URL(hook.url);
  const asked: string[] = [];
  const lookup: LookupFunction = (name, options, callback) => {
    asked.push(name);
    resolver('127.0.0.1')(name, options, callback);
  };
  const sending = poster({ lookup, allowPrivate: true });
  const result = await sending.post(target(`http://hooks.test:${port}/`), '{}', {});
  expect(result).toEqual({ kind: 'delivered' });
  expect(asked).toEqual(['hooks.test']);
});
