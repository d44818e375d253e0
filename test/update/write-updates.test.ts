import { describe, expect, test } from 'vitest';
import type { ToUpdate } from '../../src/operator/update/find-updates.ts';
import { writeUpdates } from '../../src/operator/update/write-updates.ts';
import type { ImsImage, ReadAnswer } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { Write, WriteAnswer } from '../../src/shared/cloud/ims/ims-writer.ts';
import type { SystemImage } from '../../src/shared/image/image-request.ts';
import type { ChangeAnswer, ChangeOptions } from '../../src/shared/ledger/import-store.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { updatesFor } from '../../src/shared/update/image-updates.ts';
import { succeeded } from '../support/report-entries.ts';

const OK: WriteAnswer = { kind: 'ok', body: {} };
const NO_RIGHT = { kind: 'refused', status: 403, code: 'IMG.0026', message: 'no' } as const;
const SILENT = { kind: 'failed', throttled: false, code: 'TIMEOUT', message: 'no answer' } as const;

/** An image whose manifest has a new description, and other tags. */
function toUpdate(name: string): ToUpdate {
  const before: SystemImage = {
    ...{ kind: 'system', quick_import: false, name, image_url: 'b:o', min_disk: 40, copy: 1 },
    tags: [{ key: 'old', value: '' }],
  };
  const wanted: SystemImage = {
    ...before,
    description: 'new',
    tags: [{ key: 'team', value: 'a' }],
  };
  const entry: LedgerEntry = {
    ...succeeded(name),
    request: before,
    state: { status: 'succeeded', imageId: name },
  };
  const is: ImsImage = {
    ...{ id: name, name, status: 'active', owner: 'p', createdAt: 1, description: '' },
    tags: ['imsferry=x', 'old'],
  };
  const updates = updatesFor(is, wanted, before);
  return { batch: 'b', key: entry.key, name, imageId: name, entry, updates };
}

interface Hands {
  readonly answer?: (write: Write, path: string) => WriteAnswer;
  /** What the ledger has by now. */
  readonly now?: (entry: LedgerEntry) => LedgerEntry;
  readonly listed?: readonly ImsImage[];
}

function parts(
  all: readonly ToUpdate[],
  { answer = () => OK, now = (one) => one, listed = [] }: Hands,
) {
  const entries = new Map(all.map(({ key, entry }) => [key, now(entry)]));
  const [calls, recorded]: [string[], string[]] = [[], []];
  const stop = new AbortController();
  const deps = {
    ledger: {
      read: async (key: string) => entries.get(key),
      change: async (
        key: string,
        _: unknown,
        { onlyIf, request }: ChangeOptions,
      ): Promise<ChangeAnswer> => {
        const entry = entries.get(key);
        if (!entry || !onlyIf?.(entry) || !request) return { kind: 'ignored', entry };
        recorded.push(request.name);
        return { kind: 'changed', before: entry, entry: { ...entry, request }, finished: [] };
      },
    },
    ims: {
      images: async (): Promise<ReadAnswer<readonly ImsImage[]>> => ({ kind: 'ok', value: listed }),
    },
    writer: {
      write: async (write: Write): Promise<WriteAnswer> => {
        const path = write.path({
          projectId: 'p',
          imsEndpoint: '',
          fingerprint: '',
          expiresAt: 0,
          authorize: () => ({}),
        });
        calls.push(`${write.method} ${path} ${JSON.stringify(write.json)}`);
        return answer(write, path);
      },
    },
    clock: { now: () => 1 },
    stop: stop.signal,
  };
  return { deps, calls, recorded, stop };
}

describe('one image', () => {
  test('loses tags before it gets others, and the ledger learns of it last', async () => {
    const all = [toUpdate('vm')];
    const { deps, calls, recorded } = parts(all, {});
    expect(await writeUpdates(deps, all)).toMatchObject({ updated: all, notUpdated: [], left: [] });
    expect(calls).toEqual([
      'POST /v2/p/images/vm/tags/action {"action":"delete","tags":[{"key":"old","value":""}]}',
      'POST /v2/p/images/vm/tags/action {"action":"create","tags":[{"key":"team","value":"a"}]}',
      'PATCH /v2/cloudimages/vm [{"op":"add","path":"/__description","value":"new"}]',
    ]);
    expect(recorded).toEqual(['vm']);
  });

  test.each([
    ['has another image by now', { state: { status: 'succeeded', imageId: 'other' } } as const],
    ['is imported again', { state: { status: 'pending' } } as const],
    [
      'was updated to something else',
      { request: { ...succeeded('vm').request, description: 'x' } },
    ],
  ])('whose import %s is not touched', async (_, change) => {
    const all = [toUpdate('vm')];
    const { deps, calls, recorded } = parts(all, { now: (entry) => ({ ...entry, ...change }) });
    const { notUpdated } = await writeUpdates(deps, all);
    expect(notUpdated.map(({ reason }) => reason.code)).toEqual(['CHANGED_MEANWHILE']);
    expect([calls, recorded]).toEqual([[], []]);
  });

  test('that another process has updated to the same is done', async () => {
    const all = [toUpdate('vm')];
    const request = all[0]?.updates.request ?? succeeded('vm').request;
    const { deps, calls } = parts(all, { now: (entry) => ({ ...entry, request }) });
    expect(await writeUpdates(deps, all)).toMatchObject({ updated: all, notUpdated: [] });
    expect(calls).toEqual([]);
  });

  test.each([
    { what: 'refused', answer: { ...NO_RIGHT, code: 'IMG.0115' }, isThere: true, code: 'IMG.0115' },
    {
      what: 'not known any more',
      answer: { ...SILENT, code: 'HTTP_404' },
      isThere: false,
      code: 'IMAGE_GONE',
    },
    { what: 'not answered', answer: SILENT, isThere: true, code: 'TIMEOUT' },
  ])(
    'of which one call is $what stays as it was in the ledger',
    async ({ answer, isThere, code }) => {
      const all = [toUpdate('vm')];
      const listed = (isThere ? all : []).map(({ imageId: id }) => ({
        id,
        name: id,
        status: 'active',
        owner: 'p',
        tags: [],
        createdAt: 1,
      }));
      const isPatch = (path: string): boolean => path.includes('cloudimages');
      const { deps, recorded } = parts(all, {
        listed,
        answer: (__, path) => (isPatch(path) ? answer : OK),
      });
      const { notUpdated } = await writeUpdates(deps, all);
      expect(notUpdated.map(({ reason }) => reason.code)).toEqual([code]);
      expect(recorded).toEqual([]);
    },
  );

  test.each([
    { answer: 'shows it', description: 'new', id: 'vm', codes: [] },
    { answer: 'shows the old one', description: 'old', id: 'vm', codes: ['NOT_CHANGED'] },
    { answer: 'is about another image', description: 'old', id: 'other', codes: [] },
  ])('counts as changed or not: the answer $answer', async ({ description, id, codes }) => {
    const all = [toUpdate('vm')];
    const body = { id, status: 'active', __description: description };
    const { deps, recorded } = parts(all, { answer: () => ({ kind: 'ok', body }) });
    const { notUpdated } = await writeUpdates(deps, all);
    expect(notUpdated.map(({ reason }) => reason.code)).toEqual(codes);
    expect(recorded).toHaveLength(1 - codes.length);
  });
});

describe('many images', () => {
  const many = Array.from({ length: 40 }, (_, at) => toUpdate(`vm-${at + 10}`));

  test('a right that no change had yet ends it after the first call', async () => {
    const { deps, calls } = parts(many, { answer: () => NO_RIGHT });
    const { ended, left, notUpdated } = await writeUpdates(deps, many);
    expect(ended?.advice).toContain('ims:images:update');
    expect([calls.length, notUpdated.length, left.length]).toEqual([1, 1, 39]);
  });

  test('a change of the enterprise project names both of its rights', async () => {
    const one = toUpdate('vm');
    const patch = [{ op: 'add', path: '/enterprise_project_id', value: '0' } as const];
    const all = [{ ...one, updates: { ...one.updates, patch } }];
    const { ended } = await writeUpdates(parts(all, { answer: () => NO_RIGHT }).deps, all);
    expect(ended?.advice).toContain('ims:images:update and ims:serverImages:create');
  });

  test('a right that one image lacks stops no other', async () => {
    const answer = (_: Write, path: string): WriteAnswer =>
      path.includes('/vm-17') ? NO_RIGHT : OK;
    const { updated, notUpdated, ended } = await writeUpdates(parts(many, { answer }).deps, many);
    expect([updated.length, notUpdated.map(({ name }) => name), ended]).toEqual([
      39,
      ['vm-17'],
      undefined,
    ]);
  });

  test('a cloud that does not answer ends it', async () => {
    const listed = many.map(({ imageId: id }) => ({
      id,
      name: id,
      status: 'active',
      owner: 'p',
      tags: [],
      createdAt: 1,
    }));
    const { deps, calls } = parts(many, { answer: () => SILENT, listed });
    const { ended, left } = await writeUpdates(deps, many);
    expect(ended?.code).toBe('TIMEOUT');
    // At most what was under way beside the fifth.
    expect(calls.length).toBeLessThanOrEqual(5 + 7);
    expect(left.length).toBeGreaterThanOrEqual(40 - 12);
  });

  test('once stopped, no further image is begun, and what was begun is finished', async () => {
    const { deps, calls, recorded, stop } = parts(many, { answer: () => OK });
    const onProgress = (done: number): void => {
      if (done === 20) stop.abort();
    };
    const { updated, left } = await writeUpdates({ ...deps, onProgress }, many);
    expect(calls).toHaveLength(3 * updated.length);
    expect(recorded).toHaveLength(updated.length);
    expect([updated.length + left.length, left.length > 0]).toEqual([40, true]);
  });
});
