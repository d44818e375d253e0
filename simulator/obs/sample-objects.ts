import type { ObsObject } from '../options.ts';
import { GIGABYTE } from './objects.ts';

type Sizes = Readonly<Record<string, number | readonly [file: number, disk: number]>>;

/** Sizes of files and of the disks in them, in gigabytes, by bucket and key. */
const SIZES: Readonly<Record<string, Sizes>> = {
  // What manifests/bulk.yaml names; also an object of a cold class, and a file that is no image.
  migration: {
    'system/web-01.qcow2': [2, 40],
    'system/web-02.qcow2': [2, 40],
    'system/web-03.qcow2': [2.5, 40],
    'system/mail-01.qcow2': [9, 40],
    'system/ldap-01.qcow2': [3, 40],
    'system/build-01.qcow2': [18, 40],
    'system/build-02.qcow2': [16, 40],
    'system/office-01.qcow2': [24, 40],
    'system/office-02.qcow2': [22, 40],
    'system/gateway-01.qcow2': [1.5, 40],
    'data/mail-01-data.vmdk': [60, 200],
    'data/build-01-data.vmdk': [31, 500],
    'data/office-01-data.vmdk': [44, 300],
    'data/ldap-01-data.vmdk': [5, 100],
    'appliances/archive.zvhd2': [12, 900],
    'appliances/backup.zvhd2': [14, 900],
    'archive/retired-2019.qcow2': [6, 40],
    'readme.txt': 0.001,
  },
  // What the examples of README and documentation name.
  'my-bucket': {
    'images/web.qcow2': [2, 20],
    'images/mail.qcow2': [7, 40],
    'disks/db.vmdk': [120, 200],
    'appliance.zvhd2': [12, 40],
    'exports/shop-01.qcow2': [4, 30],
    'exports/shop-02.qcow2': [4.5, 30],
    'exports/installer.iso': 1.2,
    'notes.txt': 0.001,
  },
};

/** IMS imports from the class Standard only. */
const COLD = new Set(['migration/archive/retired-2019.qcow2']);

/** Objects to try `init` and patterns with, by `bucket/key`. */
export const SAMPLE_OBJECTS: Readonly<Record<string, ObsObject>> = Object.fromEntries(
  Object.entries(SIZES).flatMap(([bucket, keys]) =>
    Object.entries(keys).map(([key, sizes]) => [
      `${bucket}/${key}`,
      {
        ...sizesOf(sizes),
        ...(COLD.has(`${bucket}/${key}`) && { storageClass: 'COLD' as const }),
      },
    ]),
  ),
);

function sizesOf(sizes: Sizes[string]) {
  const [file, disk] = typeof sizes === 'number' ? [sizes] : sizes;
  const size = Math.ceil(file * GIGABYTE);
  return disk === undefined ? { size } : { size, disk: disk * GIGABYTE };
}
