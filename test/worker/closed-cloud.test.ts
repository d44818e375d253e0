import { expect, test } from 'vitest';
import type { CopyImage } from '../../src/shared/image/image-request.ts';
import { notRead } from '../../src/shared/look-up/find-ours.ts';
import { refusedReason } from '../../src/worker/judge.ts';
import { entry } from '../support/report-entries.ts';

const copy: CopyImage = {
  ...{
    kind: 'copy',
    name: 'a',
    image_url: 'b:a.qcow2',
    min_disk: 40,
    copy: 1,
    quick_import: false,
  },
  ...{ source: 'k', of: 'system', to: { cloud: 'other', agency: 'it' } },
};
const answer = (code: string) =>
  ({ kind: 'failed', throttled: false, code, message: 'why' }) as const;

test.each([
  ['LOGIN_REFUSED', true],
  ['NO_ENDPOINT', true],
  ['NO_PROJECT', true],
  ['NO_CLOUD', true],
  ['CLOUD', false],
  ['TIMEOUT', false],
])(
  'a copy whose cloud cannot be read because of %s is held for a person: %s',
  (code, isForGood) => {
    const one = entry('a', { request: copy });
    expect(notRead(answer(code), one)).toMatchObject({ kind: 'failed', isForGood, isOwn: true });
  },
);

test('the own login that is refused stops the project, and holds no image', () => {
  expect(notRead(answer('LOGIN_REFUSED'), entry('a', {}))).toMatchObject({ isForGood: false });
});

test('the advice names the entry of that cloud, and not a missing right', () => {
  expect(refusedReason(answer('LOGIN_REFUSED')).advice).toContain('clouds.yaml');
  expect(refusedReason(answer('IMG.0026')).advice).toContain('ims:images:list');
});
