import { expect, test } from 'vitest';
import { findUpdates } from '../../src/operator/update/find-updates.ts';
import type { ImageFilter, ImsImage, ReadAnswer } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { ImageRequest, Manifest } from '../../src/shared/image/image-request.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { imageRequest } from '../support/images.ts';
import { succeeded } from '../support/report-entries.ts';

const LATER: Partial<ImageRequest> = { description: 'new' };

function entryOf(name: string, change: Partial<LedgerEntry> = {}): LedgerEntry {
  const request = imageRequest(name);
  return { ...succeeded(name), key: importKey(request), request, ...change };
}

function imageOf({ key, request, state }: LedgerEntry, change: Partial<ImsImage> = {}): ImsImage {
  const id = state.status === 'succeeded' ? state.imageId : '';
  const tags = [`imsferry=${key}`];
  return {
    ...{ id, name: request.name, status: 'active', owner: 'p', createdAt: 1, description: '' },
    ...{ tags, ...change },
  };
}

function manifestOf(name: string, entries: readonly LedgerEntry[], change = LATER): Manifest {
  const images = entries.map(({ request }) => ({
    request: imageRequest(request.name, change),
    line: 1,
  }));
  return { name, file: `${name}.yaml`, images };
}

function parts(entries: readonly LedgerEntry[], answer: ReadAnswer<readonly ImsImage[]>) {
  const lists: ImageFilter[] = [];
  const deps = {
    ledger: {
      readMany: async (keys: readonly string[]) => entries.filter(({ key }) => keys.includes(key)),
    },
    ims: {
      images: async (filter: ImageFilter) => {
        lists.push(filter);
        return answer;
      },
    },
    sessions: {
      get: async () => {
        return {
          projectId: 'p',
          imsEndpoint: '',
          fingerprint: '',
          expiresAt: 0,
          authorize: () => ({}),
        };
      },
    },
  };
  return { deps, lists };
}

const ok = (value: readonly ImsImage[]): ReadAnswer<readonly ImsImage[]> => ({ kind: 'ok', value });

test.each([
  {
    what: 'with the marker of another import',
    change: { tags: [`imsferry.${'x'.repeat(43)}`] },
    code: 'NOT_OURS',
  },
  { what: 'of another project', change: { owner: 'q' }, code: 'NOT_OURS' },
  { what: 'that is a copy', change: { dataOrigin: 'image,eu-de,i' }, code: 'NOT_OURS' },
  { what: 'that is not active', change: { status: 'deactivated' }, code: 'NOT_ACTIVE' },
  { what: 'that is being deleted', change: { status: 'pending_delete' }, code: 'IMAGE_GONE' },
  { what: 'that is not listed', change: { id: 'another' }, code: 'IMAGE_GONE' },
])('an image $what is not changed', async ({ change, code }) => {
  const entry = entryOf('vm');
  const { deps } = parts([entry], ok([imageOf(entry, change)]));
  const { toUpdate, notUpdated } = await findUpdates(deps, [manifestOf('b', [entry])]);
  expect(toUpdate).toEqual([]);
  expect(notUpdated.map(({ reason }) => reason.code)).toEqual([code]);
});

test('one whose list entry cannot be read is not taken for gone', async () => {
  const entry = entryOf('vm');
  const odd = [{ image: imageOf(entry), fields: ['tags'], markers: [], isMarked: false }];
  const { deps } = parts([entry], { kind: 'ok', value: [], odd });
  const { notUpdated } = await findUpdates(deps, [manifestOf('b', [entry])]);
  expect(notUpdated.map(({ reason }) => reason.code)).toEqual(['ODD_IMAGE']);
});

test('many images in several manifests need one list; an import in two of them counts once', async () => {
  const entries = Array.from({ length: 1200 }, (_, at) => entryOf(`vm-${at}`));
  const { deps, lists } = parts(entries, ok(entries.map((entry) => imageOf(entry))));
  const { toUpdate } = await findUpdates(deps, [
    manifestOf('a', entries),
    manifestOf('b', entries.slice(0, 9)),
  ]);
  expect(lists).toEqual([{}]);
  expect(Map.groupBy(toUpdate, ({ batch }) => batch).get('b')).toHaveLength(9);
  expect(toUpdate).toHaveLength(1200);
});

test('an enterprise project that images name is listed, and the one where they are still', async () => {
  const before = { ...imageRequest('vm'), enterprise_project_id: 'old' };
  const entry = entryOf('vm', { request: before });
  const { deps, lists } = parts(
    [entry],
    ok([imageOf(entry, { details: { enterpriseProjectId: 'old' } })]),
  );
  const found = await findUpdates(deps, [
    manifestOf('b', [entry], { enterprise_project_id: 'new' }),
  ]);
  expect(lists).toEqual([{ enterpriseProjectId: 'new' }, { enterpriseProjectId: 'old' }]);
  expect(found.toUpdate.map(({ updates }) => updates.patch)).toEqual([
    [{ op: 'replace', path: '/enterprise_project_id', value: 'new' }],
  ]);
});

test('an import that has not ended is reported where it would differ; one that failed is not', async () => {
  const open = entryOf('open', { state: { status: 'creating', since: 1 } });
  const failed = entryOf('failed', {
    state: { status: 'failed', reason: { code: 'X', message: 'x' } },
  });
  const { deps, lists } = parts([open, failed], ok([]));
  const found = await findUpdates(deps, [manifestOf('b', [open, failed])]);
  expect(found.unfinished).toEqual([{ batch: 'b', name: 'open' }]);
  expect([found.toUpdate, found.notUpdated, lists]).toEqual([[], [], []]);
});

test('a list that cannot be read changes nothing', async () => {
  const entry = entryOf('vm');
  const { deps } = parts([entry], {
    kind: 'failed',
    throttled: false,
    code: 'TIMEOUT',
    message: 'late',
  });
  await expect(findUpdates(deps, [manifestOf('b', [entry])])).rejects.toThrow('late');
});
