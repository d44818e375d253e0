import { expect, test } from 'vitest';
import { entryOf, imageSchema, toArchived } from '../../src/shared/archive/archive-format.ts';
import type { Sharing } from '../../src/shared/image/sharing.ts';
import { succeeded } from '../support/report-entries.ts';

test('an archive keeps with whom an image was shared, and what was not as requested', () => {
  const sharing: Sharing = {
    ...{ state: 'failed', checks: 2, since: 5 },
    members: { p1: { status: 'accepted' }, p2: { status: 'rejected' } },
  };
  const differences = [{ field: 'min_disk', wanted: '40', is: '50' }];
  const state = { status: 'succeeded', imageId: 'i', differences } as const;
  const archived = imageSchema.parse(toArchived({ ...succeeded('web'), sharing, state }, []));
  expect(entryOf(archived)).toMatchObject({ sharing, state });
  const plain = imageSchema.parse(toArchived(succeeded('web'), []));
  expect(plain).not.toHaveProperty('sharing');
  expect(plain).not.toHaveProperty('differences');
});
