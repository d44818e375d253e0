import { describe, expect, test } from 'vitest';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { namesOf, parseClaim, scopeOf } from '../../src/shared/ledger/project-claim.ts';
import { ProjectStore } from '../../src/shared/ledger/project-store.ts';
import { FLAG, luaFile, runScript } from '../../src/shared/ledger/scripts.ts';
import { admitted, KEYS, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const PROJECT = 'p1';
const CLAIM = '{imsferry:}:project:p1';

describe('a project is known by', () => {
  test.each([
    ['https://ims.eu-de.otc.t-systems.com', 'p1'],
    ['https://ims-alias.example:8443/v2', 'p1'],
    ['http://127.0.0.1:9090', 'p1@9090'],
    ['http://localhost:9090', 'p1@9090'],
    ['no address', 'p1'],
  ])('%s: %s', (endpoint, scope) => {
    expect(scopeOf(PROJECT, endpoint)).toBe(scope);
  });
});

describe('two ledgers are named by what they do not share', () => {
  const at = (namespace: string, database = 0) => ({ namespace, database });
  test.each([
    [at('a'), at('b'), ['namespace a', 'namespace b']],
    [at('a'), at('a', 1), ['namespace a in database 0', 'namespace a in database 1']],
    [
      at('a@nl'),
      at('b', 2),
      ['cloud nl of namespace a in database 0', 'namespace b in database 2'],
    ],
    [at('a'), at('a@nl'), ['the cloud of the environment', 'cloud nl']],
    [at('a@de'), at('a@nl'), ['cloud de', 'cloud nl']],
  ])('%j and %j', (one, other, names) => {
    expect(namesOf(one, other)).toEqual(names);
  });
});

test.each([
  '',
  'x',
  '{}',
  '[]',
  '{"namespace":"a"}',
  '{"namespace":"a","database":"0","number":1}',
])('%j is no claim', (text) => {
  expect(parseClaim(text)).toBeUndefined();
});

async function claimed(count = 1) {
  const parts = await registered(redis.client, count);
  await parts.project.bind(PROJECT);
  await parts.project.claim.take(PROJECT);
  return parts;
}

const other = () => new ProjectStore(redis.client, ledgerKeys('other'));

async function otherBound(): Promise<ProjectStore> {
  const project = other();
  await project.bind(PROJECT);
  await expect(project.claim.take(PROJECT)).rejects.toThrow('belongs to namespace test already');
  return project;
}

describe('nothing is admitted', () => {
  test('into a ledger that is bound and holds no claim', async () => {
    const parts = await registered(redis.client, 1);
    await parts.project.bind(PROJECT);
    expect(await admitted(parts, 0)).toEqual({ kind: 'unclaimed' });
    await parts.project.claim.take(PROJECT);
    expect(await admitted(parts, 0)).toMatchObject({ kind: 'admitted' });
  });

  test.each([
    ['another ledger has the project', () => redis.client.set(CLAIM, '{"namespace":"x"}')],
    ['the claim is lost', () => redis.client.del(CLAIM)],
    ['the ledger has lost that it holds it', () => redis.client.hdel(KEYS.meta, 'claim')],
  ])('once %s', async (_, happens) => {
    const parts = await claimed(2);
    expect(await admitted(parts, 0)).toMatchObject({ kind: 'admitted' });
    await happens();
    expect(await admitted(parts, 1)).toEqual({ kind: 'unclaimed' });
  });

  test('from another database than that of the claims, without the claim', async () => {
    const client = redis.client.duplicate({ db: 4 });
    try {
      const parts = await registered(client, 2);
      await parts.project.bind(PROJECT);
      await parts.project.claim.take(PROJECT);
      expect(await admitted(parts, 0)).toMatchObject({ kind: 'admitted' });
      expect(await redis.client.exists(CLAIM)).toBe(1);
      await redis.client.del(CLAIM);
      expect(await admitted(parts, 1)).toEqual({ kind: 'unclaimed' });
      expect(await client.dbsize()).toBeGreaterThan(0);
    } finally {
      client.disconnect();
    }
  });
});

describe('a project is moved', () => {
  test('not from a ledger with an open image, be it only held for a person', async () => {
    const parts = await claimed();
    const here = await otherBound();
    expect(await here.claim.moveHere()).toEqual({ kind: 'open', from: 'namespace test', open: 1 });
    await redis.client.del(KEYS.due);
    await redis.client.zadd(KEYS.unknown, 1, parts.members[0] ?? '');
    expect(await here.claim.moveHere()).toMatchObject({ kind: 'open', open: 1 });
    expect(await admitted(parts, 0)).toMatchObject({ kind: 'admitted' });
  });

  test('and admission of the first ends with it, even where it cannot read the claim (cluster)', async () => {
    const parts = await claimed();
    const here = await otherBound();
    const noted = (await redis.client.hget(KEYS.meta, 'claim')) ?? '';
    await redis.client.del(KEYS.due);
    expect(await here.claim.moveHere()).toEqual({ kind: 'taken', from: 'namespace test' });
    // A worker that read the claim before the move notes it only now.
    const hold = luaFile('claim.lua').script('hold', FLAG);
    const late = { claim: noted, number: 1, projectId: PROJECT, schema: 1 };
    expect(await runScript(redis.client, hold, { key: KEYS.meta, arg: late })).toBe(false);
    await expect(parts.project.claim.keep()).rejects.toThrow('belongs to namespace other already');
    expect(await admitted(parts, 0)).toEqual({ kind: 'unclaimed' });
    await here.claim.keep();
    expect(await redis.client.get(CLAIM)).toBe('{"namespace":"other","database":0,"number":2}');
  });

  test('from one that is gone, and to one that has it already', async () => {
    await claimed();
    const here = await otherBound();
    await redis.client.del(...(await redis.client.keys('{imsferry:test}*')));
    expect(await here.claim.moveHere()).toEqual({ kind: 'taken', from: 'namespace test' });
    expect(await here.claim.moveHere()).toEqual({ kind: 'taken' });
    expect(await other().claim.moveHere()).toEqual({ kind: 'taken' });
  });

  test('not by who does not know which', async () => {
    expect(await other().claim.moveHere()).toEqual({ kind: 'unbound' });
  });
});
