import { describe, expect, test } from 'vitest';
import type { ReadAnswer } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { WriteAnswer } from '../../src/shared/cloud/ims/ims-writer.ts';
import type { ImageMember } from '../../src/shared/cloud/ims/members.ts';
import type { Sharing } from '../../src/shared/image/sharing.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { decideSharing, FOLLOWED_MS } from '../../src/worker/sharing/decide-sharing.ts';
import { ShareLook } from '../../src/worker/sharing/share-image.ts';
import { imageRequest } from '../support/images.ts';
import { succeeded } from '../support/report-entries.ts';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const OK: WriteAnswer = { kind: 'ok', body: {} };
const THROTTLED = { kind: 'failed', throttled: true, code: 'APIGW.0308', message: 'slow' } as const;
const AWAY = { kind: 'failed', throttled: false, code: 'TIMEOUT', message: 'no answer' } as const;

function plain(status: number): WriteAnswer {
  return { kind: 'failed', throttled: false, foreign: true, code: `HTTP_${status}`, message: 'x' };
}

interface Cloud {
  readonly lists?: readonly ReadAnswer<readonly ImageMember[]>[];
  readonly adds?: readonly WriteAnswer[];
  readonly members?: readonly string[];
  readonly otherImageIds?: readonly string[];
  readonly sharing?: Sharing;
}

/** One look at a cloud that answers like this, in turn; the last answer is given again. */
async function look(cloud: Cloud, stopping = new AbortController()) {
  const { lists = [{ kind: 'ok', value: [] }], adds = [OK], sharing } = cloud;
  const calls: string[] = [];
  const next = <T>(answers: readonly T[], at: number): T =>
    answers[Math.min(at, answers.length - 1)] ?? expect.unreachable();
  const times = { list: 0, add: 0 };
  const members = {
    list: async (imageId: string) => {
      calls.push(`list ${imageId}`);
      times.list += 1;
      return next(lists, times.list - 1);
    },
    add: async (imageId: string, projectId: string) => {
      calls.push(`add ${imageId} ${projectId.charAt(0)}`);
      times.add += 1;
      return next(adds, times.add - 1);
    },
  };
  const others = { of: async () => expect.unreachable() };
  const { otherImageIds } = cloud;
  const entry: LedgerEntry = {
    ...succeeded('web'),
    request: imageRequest('web', { members: cloud.members ?? [A, B] }),
    state: { status: 'succeeded', imageId: 'i', ...(otherImageIds && { otherImageIds }) },
    ...(sharing && { sharing }),
  };
  const deps = { members, others, projectId: 'own', stopping: stopping.signal };
  const one = new ShareLook(deps, entry);
  const looked = await one.run();
  return { ...looked, calls, throttled: one.throttled, words: wordsOf(looked.members) };
}

function wordsOf(members: Sharing['members']): readonly string[] {
  return Object.values(members).map(({ status, code }) => `${status} ${code ?? ''}`.trim());
}

const listed = (...members: readonly (readonly [string, string])[]) => ({
  kind: 'ok' as const,
  value: members.map(([projectId, status]) => ({ projectId, status })),
});

describe('one look', () => {
  test('adds what IMS does not list, and believes what it lists', async () => {
    const { calls, words } = await look({ lists: [listed([A, 'accepted'])] });
    expect(calls).toEqual(['list i', 'add i b']);
    expect(words).toEqual(['accepted', 'pending']);
  });

  test('shares the images of data disks as well: a project has it when it has accepted all', async () => {
    const lists = [listed([A, 'accepted'], [B, 'accepted']), listed([A, 'accepted'])];
    const { calls, words } = await look({ lists, otherImageIds: ['disk'] });
    expect(calls).toEqual(['list i', 'list disk', 'add disk b']);
    expect(words).toEqual(['accepted', 'pending']);
  });

  test('takes a member that another worker added meanwhile as added', async () => {
    expect((await look({ adds: [plain(409), OK] })).words).toEqual(['pending', 'pending']);
  });

  test('ends at a 429, and says so: nothing else is requested', async () => {
    for (const cloud of [{ lists: [THROTTLED] }, { adds: [THROTTLED] }]) {
      const { throttled, words, calls } = await look(cloud);
      expect(throttled).toBe(THROTTLED);
      expect(words).toEqual(['adding', 'adding']);
      expect(calls.length).toBeLessThan(3);
    }
  });

  test('changes nothing where the cloud is away', async () => {
    const sharing: Sharing = { state: 'open', checks: 5, members: { [A]: { status: 'pending' } } };
    const { words, problem } = await look({ lists: [AWAY], sharing });
    expect(words).toEqual(['pending', 'adding']);
    expect(problem).toEqual({ code: 'TIMEOUT', message: 'no answer' });
    expect((await look({ adds: [AWAY] })).words).toEqual(['adding', 'adding']);
  });

  test('ends when the worker stops', async () => {
    const stopping = new AbortController();
    stopping.abort();
    expect((await look({}, stopping)).calls).toEqual(['list i']);
  });

  test('adds twenty members; the rest has its turn later', async () => {
    const members = Array.from({ length: 30 }, (_, at) => String(at).padStart(32, '0'));
    const { words, hasMore, calls } = await look({ members });
    expect(calls).toHaveLength(21);
    expect(words.filter((word) => word === 'adding')).toHaveLength(10);
    expect(hasMore).toBe(true);
  });

  test('believes a refusal without a code of IMS when it comes three times', async () => {
    let sharing: Sharing = { state: 'open', checks: 0, members: {} };
    const words: string[] = [];
    for (const _ of [1, 2, 3]) {
      const looked = await look({ adds: [plain(403)], members: [A], sharing });
      sharing = decideSharing(sharing, looked, { now: 1, shortestMs: 1 }).sharing;
      words.push(...looked.words);
    }
    expect(words).toEqual(['adding HTTP_403', 'adding HTTP_403', 'failed HTTP_403']);
    expect(sharing.state).toBe('failed');
  });
});

describe('what follows', () => {
  const open: Sharing = {
    state: 'open',
    since: 0,
    checks: 0,
    members: { [A]: { status: 'pending' } },
  };

  test('without news the pauses grow, up to a day; with a problem up to an hour', () => {
    const pauses = (problem?: Sharing['problem']) =>
      [0, 1, 4, 40].map((checks) => {
        const looked = { members: open.members, ...(problem && { problem }) };
        const news = decideSharing({ ...open, checks }, looked, { now: 0, shortestMs: 5000 });
        return (news.due ?? 0) / 1000;
      });
    expect(pauses()).toEqual([10, 20, 160, 86_400]);
    expect(pauses({ code: 'X', message: 'x' })).toEqual([10, 20, 160, 3600]);
  });

  test('news begins again with the shortest pause, and what is left over has none', () => {
    const members = { [A]: { status: 'accepted' }, [B]: { status: 'pending' } } as const;
    const at = { now: 7, shortestMs: 5000 };
    const news = decideSharing({ ...open, checks: 9 }, { members }, at);
    expect(news).toMatchObject({ due: 5007, sharing: { checks: 0, state: 'open' } });
    expect(news.lines).toEqual([
      `shared with project ${A}, which has accepted`,
      `shared with project ${B}, which has to accept`,
    ]);
    expect(decideSharing(open, { members: open.members, hasMore: true }, at).due).toBe(7);
  });

  test('after thirty days nobody is waited for any more', () => {
    const at = { now: FOLLOWED_MS + 1, shortestMs: 1 };
    const news = decideSharing(open, { members: open.members }, at);
    expect(news.due).toBeUndefined();
    expect(news.sharing).toMatchObject({
      state: 'failed',
      members: { [A]: { status: 'failed', code: 'NOT_ACCEPTED' } },
    });
  });
});
