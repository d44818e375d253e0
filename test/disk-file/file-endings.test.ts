import { expect, test } from 'vitest';
import { otherFormat } from '../../src/shared/disk-file/file-endings.ts';

test.each([
  { format: 'vmdk', key: 'a/web.qcow2', mayWork: false },
  { format: 'raw', key: 'web.VMDK', mayWork: false },
  { format: 'raw', key: 'web.zvhd2', mayWork: true },
] as const)('$format in $key is another format than the name says', ({ format, key, mayWork }) => {
  expect(otherFormat(format, key)).toMatchObject({
    mayWork,
    message: expect.stringContaining('but its name ends with'),
    advice: expect.stringContaining(`.${format}`),
  });
});

test.each([
  ['qcow2', 'web.qcow2'],
  ['zvhd2', 'web.zvhd'],
  ['vmdk', 'web.img'],
  ['raw', 'web'],
] as const)('%s in %s is none', (format, key) => {
  expect(otherFormat(format, key)).toBeUndefined();
});
