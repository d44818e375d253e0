import { describe, expect, test } from 'vitest';
import type { ImsClient, ReadAnswer } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { Stop } from '../../src/shared/ledger/project-store.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { READS_STOPPED, watchedIms } from '../../src/worker/watched-ims.ts';

const failed = (code: string, more: object = {}) =>
  ({ kind: 'failed', throttled: false, code, message: 'words of IMS', ...more }) as const;
const REFUSED = failed('IMG.0026');
const OK = { kind: 'ok', value: [] } as const;

/** An IMS whose lists answer these, one after the other, and a project that can be stopped. */
function watched(
  answers: readonly ReadAnswer<readonly never[]>[],
  ofJobs: ReadAnswer<never> = failed('X'),
) {
  const seen = { lists: 0, stop: undefined as Stop | undefined };
  const unread = async () => failed('X');
  const ims: ImsClient = {
    submit: async () => ({ kind: 'accepted', jobId: 'j' }),
    image: unread,
    job: async () => ofJobs,
    quota: unread,
    images: async () => {
      seen.lists += 1;
      return answers[seen.lists - 1] ?? OK;
    },
  };
  const project = {
    foreign: { note: async () => 1, end: async () => undefined },
    claimCoolDown: async () => false,
    countThrottle: async () => 1,
    coolDown: async () => undefined,
    stopped: async () => seen.stop,
    stop: async (stop: Stop) => {
      const isFirst = seen.stop === undefined;
      seen.stop ??= stop;
      return isFirst;
    },
  };
  const nothing = async () => undefined;
  const pace = { record: nothing, acquire: nothing, answered: () => undefined };
  const clock = { now: () => 0, monotonic: () => 0 };
  const client = watchedIms(ims, { pace, project, clock, log: silentLogger() });
  return { seen, list: () => client.images({}), client };
}

describe('a list that is refused for good', () => {
  test('stops the project at the third refusal, and names the right', async () => {
    const { seen, list } = watched([REFUSED, REFUSED, REFUSED]);
    await list();
    await list();
    expect(seen.stop).toBeUndefined();
    expect(await list()).toMatchObject({ code: 'IMG.0026' });
    expect(seen.stop).toMatchObject({ reason: 'permission', code: 'IMG.0026' });
    expect(seen.stop?.message).toContain('ims:images:list');
    expect(seen.stop?.advice).toContain('ims-ferry resume');
  });

  test.each(['IMG.0026', 'IMG.0104', 'APIGW.0302', 'APIG.0101'])(
    'by %s is not asked again before a person has resumed; then it is',
    async (code) => {
      const { seen, list } = watched([failed(code), failed(code), failed(code)]);
      for (let call = 0; call < 10; call += 1) await list();
      expect(seen.lists).toBe(3);
      expect(await list()).toMatchObject({ kind: 'failed', code: READS_STOPPED });
      seen.stop = undefined;
      expect(await list()).toEqual(OK);
      expect(seen.lists).toBe(4);
    },
  );

  test('is asked again after a resume, though a create has stopped the project since', async () => {
    const { seen, list } = watched([REFUSED, REFUSED, REFUSED]);
    for (let call = 0; call < 5; call += 1) await list();
    seen.stop = { reason: 'permission', code: 'IMG.0161', message: 'no right to create', at: 1 };
    expect(await list()).toEqual(OK);
  });

  test('waits for no stop of another kind', async () => {
    const { seen, list } = watched([REFUSED, REFUSED, REFUSED, REFUSED]);
    seen.stop = { reason: 'quota', code: 'IMG.0015', message: 'full', at: 0 };
    for (let call = 0; call < 5; call += 1) await list();
    expect(seen.lists).toBe(5);
  });

  test('a gateway that does not know the call is a wrong endpoint', async () => {
    const gone = failed('APIGW.0101');
    const { seen, list } = watched([gone, gone, gone]);
    for (let call = 0; call < 3; call += 1) await list();
    expect(seen.stop).toMatchObject({ reason: 'endpoint', code: 'APIGW.0101' });
    expect(seen.stop?.advice).toContain('IMS_ENDPOINT');
    expect(`${seen.stop?.message} ${seen.stop?.advice}`).not.toMatch(/login needs|role/);
  });
});

test.each([
  ['an answer in between', [REFUSED, REFUSED, OK, REFUSED, REFUSED]],
  [
    'the page of a firewall',
    Array.from({ length: 5 }, () => failed('HTTP_403', { foreign: true })),
  ],
  ['trouble of the cloud', Array.from({ length: 5 }, () => failed('HTTP_503'))],
  ['too many calls', Array.from({ length: 5 }, () => failed('IMG.0060', { throttled: true }))],
  [
    'an enterprise project of one image',
    Array.from({ length: 5 }, () => failed('IMG.0026', { isOwn: true })),
  ],
  ['a page whose last image was deleted', Array.from({ length: 5 }, () => failed('IMG.0144'))],
])('%s stops nothing', async (_, answers) => {
  const { seen, list } = watched(answers);
  for (let call = 0; call < answers.length; call += 1) await list();
  expect(seen.stop).toBeUndefined();
  expect(seen.lists).toBe(answers.length);
});

test('trouble of the cloud in between does not make a refusal less of one', async () => {
  const { seen, list } = watched([REFUSED, REFUSED, failed('HTTP_503'), REFUSED]);
  for (let call = 0; call < 4; call += 1) await list();
  expect(seen.stop).toMatchObject({ code: 'IMG.0026' });
});

describe('a read of a job that IMS refuses with a code that is about no right', () => {
  const refuses = failed('IMG.0031');
  const asked = async (jobIds: readonly string[], answer = refuses) => {
    const { seen, client } = watched([], answer);
    for (const jobId of jobIds) await client.job(jobId);
    return seen.stop;
  };

  test('stops the project only when three jobs get it, not when one gets it again and again', async () => {
    expect(await asked(['a', 'a', 'a', 'a', 'b', 'b'])).toBeUndefined();
    expect(await asked(['a', 'b', 'a', 'c'])).toMatchObject({ code: 'IMG.0031' });
  });

  test('one that is about rights counts each time', async () => {
    expect(await asked(['a', 'a', 'a'], REFUSED)).toMatchObject({ code: 'IMG.0026' });
  });
});
