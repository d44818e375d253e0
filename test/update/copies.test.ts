import { expect, test } from 'vitest';
import { updatedLines } from '../../src/operator/update/describe-outcome.ts';
import { findUpdates } from '../../src/operator/update/find-updates.ts';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { CopyImage } from '../../src/shared/image/image-request.ts';
import { importKey, markedDescription } from '../../src/shared/image/import-key.ts';
import { describeUpdates } from '../../src/shared/update/describe-updates.ts';
import { updatesFor } from '../../src/shared/update/image-updates.ts';
import { succeeded } from '../support/report-entries.ts';

function copyOf(description: string, more: Partial<CopyImage> = {}): CopyImage {
  return {
    ...{ kind: 'copy', quick_import: false, name: 'vm-copy', image_url: 'b:vm.qcow2' },
    ...{ min_disk: 40, copy: 1, source: 's'.repeat(43), of: 'system', description, ...more },
  };
}

function imageOf(request: CopyImage, more: Partial<ImsImage> = {}): ImsImage {
  const key = importKey(request);
  return {
    ...{ id: 'i', name: request.name, status: 'active', owner: 'p', createdAt: 1 },
    description: markedDescription(request.description, key),
    tags: ['team=storage', `imsferry-copy=${key}`],
    ...more,
  };
}

const [before, wanted] = [copyOf('old'), copyOf('new')];

test('the marker of a copy is written, and not shown', () => {
  const { updates, patch, otherTags } = updatesFor(imageOf(before), wanted, before);
  expect(describeUpdates(updates)).toEqual(['description: "old" → "new"']);
  expect(patch).toEqual([
    {
      op: 'replace',
      path: '/__description',
      value: markedDescription('new', importKey(wanted)),
    },
  ]);
  expect(otherTags).toEqual(['team=storage']);
});

test('a marker that is missing is shown: nothing else differs', () => {
  const { updates } = updatesFor(imageOf(before, { description: 'old' }), before, before);
  expect(updates).toMatchObject([{ is: 'old', wanted: expect.stringContaining('imsferry-copy') }]);
});

test('a copy in another region is not read, and its differences are named with its cloud', async () => {
  const to = { cloud: 'otc-nl', agency: 'a' };
  const [there, now] = [copyOf('old', { to }), copyOf('new', { to })];
  const entry = { ...succeeded('vm-copy'), key: importKey(there), request: there };
  const unreached = () => Promise.reject(new Error('a call to the cloud'));
  const deps = {
    ledger: { readMany: async () => [entry] },
    ims: { images: unreached },
    sessions: {
      get: async () => ({
        projectId: 'p',
        imsEndpoint: '',
        fingerprint: '',
        expiresAt: 0,
        authorize: () => ({}),
      }),
    },
  };
  const manifest = { name: 'b', file: 'b.yaml', images: [{ request: now, line: 1 }] };
  const found = await findUpdates(deps, [manifest]);
  expect(found.toUpdate).toEqual([]);
  expect(found.cannotChange).toMatchObject([{ fields: ['description'], copyTo: 'otc-nl' }]);
  const written = { updated: [], notUpdated: [], left: [] };
  expect(updatedLines({ ...found, found: [], written }, 200)).toContain(
    'Warning: vm-copy → otc-nl: submit --update changes no copy in another region: change description there',
  );
  const same = { ...manifest, images: [{ request: there, line: 1 }] };
  expect((await findUpdates(deps, [same])).cannotChange).toEqual([]);
});
