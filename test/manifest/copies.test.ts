import { describe, expect, test } from 'vitest';
import { readManifest } from '../support/read-manifest.ts';

const KEY_ID = '12345678-90ab-4cde-8f01-234567890abc';

/** Of the two copies of the first test. */
const RECORDED = [
  'DwSspv8u_HCkjA8BR8f_FfX_cSQHT3CKolY4-Fl0sEw',
  'obMyUTUfHCUgYHEtbrH9b0eeQrgOUvHk97ffhjhV4HM',
];

/** An image with these copies, in YAML's flow style. */
function withCopies(copies: string, more = '', top = ''): ReturnType<typeof readManifest> {
  return readManifest(`${top}images:
  - { name: vm, image_url: "bucket:vm.qcow2", min_disk: 40, description: golden${more}, copies: ${copies} }
`);
}

describe('copies of an image', () => {
  test('are imports of their own, after it and on its line, with keys of their own', () => {
    const copies = `[{ cmk_id: ${KEY_ID} }, { cloud: nl, agency: ims, project: eu-nl_x, name: away }]`;
    const { requests, keys, lines } = withCopies(copies, ', enterprise_project_id: "0"');
    const [source, encrypted, away] = requests;
    const shared = { kind: 'copy', quick_import: false, copy: 1, image_url: 'bucket:vm.qcow2' };
    const of = { source: keys[0], of: 'system', min_disk: 40, description: 'golden' };
    expect(source).not.toHaveProperty('copies');
    expect(encrypted).toEqual({
      ...{ ...shared, ...of, name: 'vm-encrypted', cmk_id: KEY_ID },
      enterprise_project_id: '0',
    });
    const to = { cloud: 'nl', agency: 'ims', project: 'eu-nl_x' };
    expect(away).toEqual({ ...shared, ...of, name: 'away', to });
    expect(lines).toEqual([2, 2, 2]);
    expect(new Set(keys).size).toBe(3);
    // They must never change.
    expect(keys.slice(1)).toEqual(RECORDED);
  });

  test('leave the key of the image as it was', () => {
    const plain = readManifest(
      'images: [{ name: vm, image_url: "bucket:vm.qcow2", min_disk: 40 }]',
    );
    expect(withCopies(`[{ cmk_id: ${KEY_ID} }]`).keys[0]).toBe(plain.keys[0]);
  });

  test('may come from the defaults, and count counts images only', () => {
    const { requests, faults } = readManifest(`count: 2
defaults: { min_disk: 40, copies: [{ cloud: nl, agency: ims }] }
images:
  - { name: a, image_url: "bucket:a.qcow2" }
  - { name: c, image_url: "bucket:c.iso", type: IsoImage, os_version: CentOS 7.0 64bit }
`);
    expect(faults).toEqual([]);
    expect(requests.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'system a',
      'copy a',
      'system c',
    ]);
  });

  test('of a long name are cut, so that IMS takes it', () => {
    const { requests } = readManifest(
      `images: [{ name: ${'n'.repeat(128)}, image_url: "bucket:a.qcow2", min_disk: 40, copies: [{ cmk_id: ${KEY_ID} }] }]`,
    );
    expect(requests[1]?.name).toMatch(/^n{118}-encrypted$/);
  });

  test.each([
    { copies: '[{ name: x }]', fault: /copies\[0\]\.cmk_id: is missing; a copy needs cmk_id/ },
    { copies: '[{ cloud: nl }]', fault: /copies\[0\]\.agency: is missing; IMS needs/ },
    { copies: `[{ cloud: nl, agency: a, cmk_id: ${KEY_ID} }]`, fault: /IMS encrypts no copy/ },
    { copies: `[{ cmk_id: ${KEY_ID}, agency: a }]`, fault: /agency: cannot be used without cloud/ },
    { copies: `[{ cmk_id: ${KEY_ID}, project: p }]`, fault: /project: cannot be used without/ },
    { copies: `[{ cmk_id: ${KEY_ID}, name: vm }]`, fault: /the name of the image itself/ },
    {
      copies: '[{ cloud: nl, agency: a }, { cloud: nl, agency: b }]',
      fault: /copies\[1\]\.name: is "vm", as that of copy 1 in the same place/,
    },
    {
      copies: '[{ cloud: "http://x", agency: a }]',
      fault: /must be the name of an entry of cloud/,
    },
    { copies: '[{ region: x }]', fault: /copies\[0\]\.region: is not a field; write cloud:/ },
    {
      copies: '[{ cloud: own, agency: a }]',
      top: 'cloud: own\n',
      fault: /is the cloud of the man/,
    },
    {
      copies: '[{ cloud: nl, agency: a }]',
      more: `, cmk_id: ${KEY_ID}`,
      fault: /IMS copies no encrypted image to another region \(IMG.0143\)/,
    },
    {
      copies: `[{ cmk_id: ${KEY_ID} }]`,
      more: ', type: IsoImage, os_version: CentOS 7.0 64bit',
      fault: /copies: cannot be used with type IsoImage/,
    },
    {
      copies: `[${Array(11).fill('{ cloud: nl, agency: a }')}]`,
      fault: /has 11 copies; the limit/,
    },
  ])('$copies: $fault', ({ copies, fault, more = '', top = '' }) => {
    expect(withCopies(copies, more, top).faults.join('\n')).toMatch(fault);
  });

  test('cannot carry our own tags', () => {
    const { faults } = readManifest(
      'images: [{ name: a, image_url: "bucket:a.qcow2", min_disk: 40, tags: [imsferry-copy.x] }]',
    );
    expect(faults.join()).toContain('"imsferry-copy", which ims-ferry reserves');
  });

  const KEY = 'k'.repeat(43);
  const MARKER = `[imsferry-copy:${KEY}]`;

  test.each([
    ['that of a copy in a description', `description: "golden ${MARKER}"`, 'description'],
    [
      'that of a copy in the description of a copy',
      `copies: [{ cmk_id: ${KEY_ID}, description: "${MARKER} x" }]`,
      'copies[0].description',
    ],
    [
      'a key that is shown like our tag',
      `image_tags: [{ key: imsferry.${KEY}, value: "" }]`,
      'image_tags[0]',
    ],
    [
      'a key that is shown like that of a copy',
      `image_tags: [{ key: imsferry-copy.${KEY}, value: x }]`,
      'image_tags[0]',
    ],
  ])('cannot carry a marker of ours: %s', (_, field, path) => {
    const { faults } = readManifest(
      `images: [{ name: a, image_url: "bucket:a.qcow2", min_disk: 40, ${field} }]`,
    );
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(path);
    expect(faults[0]).toContain('which ims-ferry reserves for its own marker');
  });

  test('may have words that only begin like a marker', () => {
    const tags = 'image_tags: [{ key: imsferry-team, value: x }, { key: imsferrys, value: "" }]';
    const { faults } = readManifest(
      `images: [{ name: a, image_url: "bucket:a.qcow2", min_disk: 40, description: "imsferry-copy: [x]", ${tags} }]`,
    );
    expect(faults).toEqual([]);
  });
});
