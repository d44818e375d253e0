import { expect, test } from 'vitest';
import { readManifest } from '../support/read-manifest.ts';

const ID = '0123456789abcdef0123456789abcdef';
const IMAGE = 'name: vm, image_url: "my-bucket:vm.qcow2"';

const AT_TOP = 'images';
const IN_IMAGE = 'images[0]';

/** Where it is written, what is written, and what its message says. */
const ROWS: readonly (readonly [at: string, text: string, says: string])[] = [
  [AT_TOP, 'verify: strict', 'verify: does not belong in a manifest; workers compare'],
  [IN_IMAGE, 'verify: strict', 'ims-ferry work --verify strict, ims-ferry up --verify strict, or'],
  ['defaults', 'verify: strict', 'IMS_FERRY_VERIFY=strict'],
  [AT_TOP, `members: [${ID}]`, 'members: belongs to an image; for all images, write it under'],
  [AT_TOP, 'accept_as: other', 'accept_as: belongs to an image; for all'],
  [AT_TOP, 'copies: [{ cloud: nl, agency: a }]', 'copies: belongs to an image; for all'],
  [AT_TOP, 'min_disk: auto', 'min_disk: belongs to an image; for all'],
  [AT_TOP, 'keep_last: 3', 'belongs to a rule: retention: [{family: "debian-12-*", keep_last: 3}]'],
  [IN_IMAGE, 'keep_last: 3', 'belongs to a rule at the top of the file: retention: [{family:'],
  ['defaults', 'family: "a-*"', 'belongs to a rule at the top of the file'],
  ['defaults', 'retention: [{ family: "a-*", keep_last: 3 }]', 'belongs at the top of the file'],
  [IN_IMAGE, 'retention: 3', 'retention: belongs at the top of the file, beside images'],
  ['defaults', 'notify: ops', 'notify: belongs at the top of the file, beside images'],
  [IN_IMAGE, 'notify: ops', 'notify: belongs at the top of the file, beside images'],
  [AT_TOP, 'notify: "https://hook.example/x"', 'addresses are in the settings of the workers'],
  [
    AT_TOP,
    'notify_url: "https://hook.example/x"',
    'write notify: NAME at its top, and the address',
  ],
  [IN_IMAGE, 'webhook: "https://hook.example/x"', 'IMS_FERRY_NOTIFY_URL_NAME'],
  [IN_IMAGE, 'cloud: nl', 'belongs at the top of the file, or to a copy: copies: [{cloud:'],
  [IN_IMAGE, 'agency: a', 'belongs to a copy of an image: copies: [{cloud:'],
  [IN_IMAGE, 'copies: nl', 'a list of at most 10 copies, such as [{cloud:'],
  [
    IN_IMAGE,
    `copies: [{ cloud: nl, agency: a, members: [${ID}] }]`,
    'only the image itself is shared',
  ],
  [
    IN_IMAGE,
    `members: [{ project: ${ID}, accept_as: b }]`,
    'accept_as is a field of its own, beside',
  ],
  [IN_IMAGE, `share_with: [${ID}]`, 'is not a field; did you mean members?'],
  [IN_IMAGE, 'update: true', 'submit --update changes images that exist'],
  [IN_IMAGE, 'min_disk: Auto', 'is "Auto"; it must be auto, or a whole number'],
];

function written(at: string, text: string): string {
  const disk = text.startsWith('min_disk') && at === IN_IMAGE ? '' : ', min_disk: 40';
  const image = at === IN_IMAGE ? `${IMAGE}${disk}, ${text}` : `${IMAGE}${disk}`;
  const above = at === AT_TOP ? `${text}\n` : '';
  const defaults = at === 'defaults' ? `defaults: { ${text} }\n` : '';
  return `${above}${defaults}images:\n  - { ${image} }\n`;
}

test.each(ROWS)('in %s, %s: %s', (at, text, says) => {
  const { faults } = readManifest(written(at, text));
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(says);
});

test('min_disk: "auto" in quotes is auto', () => {
  expect(readManifest(written(IN_IMAGE, 'min_disk: "auto"')).faults).toEqual([]);
});

test('columns of a table with such a name say what to do instead', () => {
  const read = (column: string) =>
    readManifest(`name,image_url,min_disk,${column}\na,my-bucket:a.raw,1,x\n`, 'wave.csv').faults;
  expect(read('notify')).toEqual(['1:25 notify: belongs at the top of the file, beside images']);
  expect(read('copies').join()).toContain('it is a field of images in YAML and JSON');
});
