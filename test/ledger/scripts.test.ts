import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { CONSTANTS, luaFile, runScript } from '../../src/shared/ledger/scripts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const FOLDER = 'src/shared/ledger';

function textOf(ending: string): readonly (readonly [file: string, text: string])[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(ending));
  return files.map((file) => [file, readFileSync(`${FOLDER}/${file}`, 'utf8')]);
}

const SCRIPTS = textOf('.lua').flatMap(([file]) =>
  luaFile(file).scripts.map((name) => ({ file, name })),
);

test.each(SCRIPTS)('$file: Redis compiles $name', async ({ file, name }) => {
  const { text, digest } = luaFile(file).script(name, z.unknown());
  expect(text).not.toMatch(/CONST|ARGV\[[^1]|^\s*--/m);
  expect(await server.client.script('LOAD', text)).toBe(digest);
});

test('every script is one that a store runs', () => {
  const used = textOf('.ts').flatMap(([, text]) =>
    [...text.matchAll(/\.script\(\s*'([a-z]\w+)'/g)].map(([, name]) => name),
  );
  expect(new Set(used)).toEqual(new Set(SCRIPTS.map(({ name }) => name)));
  expect(used).toHaveLength(SCRIPTS.length);
});

test('every constant that scripts share with TypeScript is used, and no other one', () => {
  const used = textOf('.lua').flatMap(([, text]) =>
    [...text.matchAll(/\bCONST\.(\w+)/g)].map(([, name]) => name),
  );
  expect(new Set(used)).toEqual(new Set(Object.keys(CONSTANTS)));
});

test('a text that was cut in the middle of a character reaches Lua', async () => {
  const note = luaFile('heal.lua').script('note', z.unknown());
  const line = 'all 😀'.slice(0, -1);
  await runScript(server.client, note, { key: 'list', arg: { prefix: 'p', line } });
  expect(await server.client.lrange('list', 0, -1)).toEqual(['all �']);
});

test('an answer of another shape than agreed is an error', async () => {
  const read = luaFile('time.lua').script('read', z.string());
  const call = { key: 'p:meta', arg: { prefix: 'p:' } };
  await expect(runScript(server.client, read, call)).rejects.toThrow('Redis script read returned');
});
