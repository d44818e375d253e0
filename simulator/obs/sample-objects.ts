import type { ObsObject } from '../options.ts';
import { GIGABYTE } from './objects.ts';

/** Sizes in gigabytes, by bucket and key. */
const SIZES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // What manifests/bulk.yaml names; also an object of a cold class, and a file that is no image.
  migration: {
    'system/web-01.qcow2': 2,
    'system/web-02.qcow2': 2,
    'system/web-03.qcow2': 2.5,
    'system/mail-01.qcow2': 9,
    'system/ldap-01.qcow2': 3,
    'system/build-01.qcow2': 18,
    'system/build-02.qcow2': 16,
    'system/office-01.qcow2': 24,
    'system/office-02.qcow2': 22,
    'system/gateway-01.qcow2': 1.5,
    'data/mail-01-data.vmdk': 60,
    'data/build-01-data.vmdk': 31,
    'data/office-01-data.vmdk': 44,
    'data/ldap-01-data.vmdk': 5,
    'appliances/archive.zvhd2': 12,
    'appliances/backup.zvhd2': 14,
    'archive/retired-2019.qcow2': 6,
    'readme.txt': 0.001,
  },
  // What the examples of README and documentation name.
  'my-bucket': {
    'images/web.qcow2': 2,
    'images/mail.qcow2': 7,
    'disks/db.vmdk': 120,
    'appliance.zvhd2': 12,
    'exports/shop-01.qcow2': 4,
    'exports/shop-02.qcow2': 4.5,
    'exports/installer.iso': 1.2,
    'notes.txt': 0.001,
  },
};

/** IMS imports from the class Standard only. */
const COLD = new Set(['migration/archive/retired-2019.qcow2']);

/** Objects to try `init` and patterns with, by `bucket/key`. */
export const SAMPLE_OBJECTS: Readonly<Record<string, ObsObject>> = Object.fromEntries(
  Object.entries(SIZES).flatMap(([bucket, keys]) =>
    Object.entries(keys).map(([key, gigabytes]) => [
      `${bucket}/${key}`,
      {
        size: Math.ceil(gigabytes * GIGABYTE),
        ...(COLD.has(`${bucket}/${key}`) && { storageClass: 'COLD' as const }),
      },
    ]),
  ),
);
