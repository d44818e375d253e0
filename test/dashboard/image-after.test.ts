import { expect, test } from 'vitest';
import { differenceSection, sharingSection } from '../../src/dashboard/pages/image-after.ts';
import type { Sharing } from '../../src/shared/image/sharing.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { imageRow } from '../../src/ui/image-row.ts';
import { imageRequest } from '../support/images.ts';
import { succeeded } from '../support/report-entries.ts';

const SHARING: Sharing = {
  ...{ state: 'open', checks: 2, since: 5 },
  members: {
    p1: { status: 'accepted' },
    p2: { status: 'failed', code: 'IMG.0088', message: '<b>' },
  },
  problem: { code: 'TIMEOUT', message: 'no answer' },
};

function image(fields: Partial<LedgerEntry> = {}): LedgerEntry {
  const differences = [{ field: 'min_disk', wanted: '40', is: '50' }];
  return {
    ...succeeded('web'),
    request: imageRequest('web', { members: ['p1', 'p2', 'p3'] }),
    state: { status: 'succeeded', imageId: 'i', differences },
    sharing: SHARING,
    ...fields,
  };
}

const textOf = (part: { readonly text: string } | undefined) =>
  part?.text
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

test('the page of an image has both values of what is not as requested, and each project', () => {
  const row = imageRow(image(), 0);
  expect(textOf(differenceSection(row))).toContain('min_disk 50 , requested: 40');
  const shared = textOf(sharingSection(row));
  expect(shared).toBe(
    'Shared with 1 of 3 projects p1 Shared p2 Not shared: IMG.0088: &lt;b&gt; p3 Not added yet Last problem TIMEOUT: no answer',
  );
});

test('it has no such section where there is nothing to say', () => {
  const state = { status: 'succeeded', imageId: 'i' } as const;
  const plain = imageRow({ ...succeeded('web'), state }, 0);
  expect(differenceSection(plain)).toBeUndefined();
  expect(sharingSection(plain)).toBeUndefined();
  const pending = imageRow(image({ state: { status: 'pending' } }), 0);
  expect(sharingSection(pending)).toBeUndefined();
});
