import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { signedHeaders } from '../../src/shared/notify/sign.ts';
import { textFile } from '../support/manifest-file.ts';
import { recipe } from '../support/recipe.ts';

const [OLD, NEW] = [Buffer.alloc(32, 1), Buffer.alloc(24, 250)];
const secretOf = (key: Buffer): string => `whsec_${key.toString('base64')}`;
const NOW = Date.UTC(2026, 4, 4);
const BODY = '{"version":1,"text":"Größe ✓"}';

type IsGenuine = (
  secret: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  now?: number,
) => boolean;

test('the recipe of the documentation for Node accepts what is genuine, and nothing else', async () => {
  const file = await textFile('is-genuine.mjs', recipe('is-genuine.mjs'));
  const { isGenuine }: { isGenuine: IsGenuine } = await import(pathToFileURL(file).href);
  const headers = signedHeaders({ id: 'evt_1', now: NOW, body: BODY, keys: [NEW, OLD] });
  // While a secret is replaced, receivers with either one accept it.
  for (const key of [OLD, NEW]) expect(isGenuine(secretOf(key), headers, BODY, NOW)).toBe(true);
  const wrong = secretOf(Buffer.alloc(32, 2));
  expect(isGenuine(wrong, headers, BODY, NOW)).toBe(false);
  expect(isGenuine(secretOf(OLD), headers, `${BODY} `, NOW)).toBe(false);
  expect(isGenuine(secretOf(OLD), { ...headers, 'webhook-id': 'evt_2' }, BODY, NOW)).toBe(false);
  expect(isGenuine(secretOf(OLD), headers, BODY, NOW + 301_000)).toBe(false);
  const unsigned = signedHeaders({ id: 'evt_1', now: NOW, body: BODY, keys: [] });
  expect(isGenuine(secretOf(OLD), unsigned, BODY, NOW)).toBe(false);
});

test('a library for Standard Webhooks accepts it, too', () => {
  const headers = signedHeaders({ id: 'evt_1', now: Date.now(), body: BODY, keys: [OLD] });
  expect(new Webhook(secretOf(OLD)).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  expect(() => new Webhook(secretOf(NEW)).verify(BODY, headers)).toThrow();
});

test('the documented example has every field, and no other', () => {
  const text = readFileSync('docs/notifications.md', 'utf8');
  const [, json = ''] = /```json\n(.*?)```/s.exec(text) ?? [];
  expect(Object.keys(JSON.parse(json))).toEqual([
    ...['version', 'id', 'type', 'at', 'namespace', 'cloud', 'batch', 'text', 'data'],
  ]);
});
