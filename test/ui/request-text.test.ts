import { expect, test } from 'vitest';
import { requestText } from '../../src/ui/image-row.ts';

test.each<readonly [unknown, string]>([
  ['web', 'web'],
  [40, '40'],
  [false, 'false'],
  [['partner', 'lab'], 'partner, lab'],
  [
    [
      { key: 'team', value: 'storage' },
      { key: 'wave', value: '' },
    ],
    'team: storage, wave: ',
  ],
  [[{ image_url: 'b:d.vmdk' }], '[{"image_url":"b:d.vmdk"}]'],
])('%j in a request is shown as %s', (value, text) => {
  expect(requestText(value)).toBe(text);
});
