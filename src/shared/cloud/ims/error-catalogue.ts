import type { StopReason } from './ims-answers.ts';

/** What an error code proves about a create, and what a person can do. */
export type Verdict =
  | { readonly kind: 'refused'; readonly advice: string; readonly field?: string }
  | { readonly kind: 'not-sent'; readonly cause: 'throttled' | 'token'; readonly advice: string }
  | { readonly kind: 'stop'; readonly reason: StopReason; readonly advice: string }
  | { readonly kind: 'unclear'; readonly advice: string };

const refused = (advice: string, field?: string): Verdict =>
  field === undefined ? { kind: 'refused', advice } : { kind: 'refused', advice, field };
const stop = (reason: StopReason, advice: string): Verdict => ({ kind: 'stop', reason, advice });
const throttled: Verdict = {
  kind: 'not-sent',
  cause: 'throttled',
  advice: 'Nothing to do: it is sent again later.',
};
const token: Verdict = {
  kind: 'not-sent',
  cause: 'token',
  advice: 'Nothing to do: a new login is made.',
};
const unclear: Verdict = {
  kind: 'unclear',
  advice: 'IMS may have created the image; it is looked up.',
};
const RESUME = 'then run: ims-ferry resume';
const permission = stop('permission', `Ask for the permissions IMS and OBS need, ${RESUME}`);
const money = stop('money', `Settle the account (real name, balance, budget), ${RESUME}`);
const forKind = 'Check that the fields fit the kind of image.';

/** IMS: codes of its error table that can meet an import, sorted by what they prove. */
const IMS_CODES: Readonly<Record<string, Verdict>> = {
  'IMG.0001': refused('Check the fields of the image.'),
  'IMG.0002': refused('Use at most 128 characters.', 'name'),
  'IMG.0003': refused('Use letters, digits, space, - . and _.', 'name'),
  'IMG.0004': refused('Use at most 1024 characters.', 'description'),
  'IMG.0007': refused('Check the fields of the image.'),
  'IMG.0009': refused('Choose another name, or delete the image that has it.', 'name'),
  'IMG.0013': refused('Give the image a name.', 'name'),
  'IMG.0014': unclear,
  'IMG.0015': stop('quota', `Delete images or ask for a larger quota; it goes on by itself.`),
  'IMG.0017': refused('Write bucket:object.', 'image_url'),
  'IMG.0018': unclear,
  'IMG.0021': refused(forKind),
  'IMG.0023': unclear,
  'IMG.0024': refused(forKind, 'type'),
  'IMG.0026': permission,
  'IMG.0027': refused('Check the fields of the image.'),
  'IMG.0030': token,
  'IMG.0036': unclear,
  'IMG.0037': unclear,
  'IMG.0038': unclear,
  'IMG.0039': unclear,
  'IMG.0040': unclear,
  'IMG.0046': refused('Look at the image in the console.'),
  'IMG.0054': refused('Leave out line breaks, < and >.', 'description'),
  'IMG.0055': refused('Check min_ram, max_ram and min_disk.', 'min_disk'),
  'IMG.0056': refused('Take a value from the list of operating systems of IMS.', 'os_version'),
  'IMG.0057': refused(
    'Check that the object exists, is not empty, has a supported format and may be read.',
    'image_url',
  ),
  'IMG.0058': refused('Copy the file into a bucket of the region of the project.', 'image_url'),
  'IMG.0059': refused('Files above 128 GB need quick_import (RAW or ZVHD2).', 'image_url'),
  'IMG.0060': throttled,
  'IMG.0061': unclear,
  'IMG.0062': refused('Check the name.', 'name'),
  'IMG.0064': unclear,
  'IMG.0065': unclear,
  'IMG.0067': token,
  'IMG.0068': refused('Write bucket:object.', 'image_url'),
  'IMG.0069': refused('Check that the bucket exists and may be read.', 'image_url'),
  'IMG.0072': refused(
    'Convert the file: VMDK, VHD, QCOW2, RAW, VHDX, QED, VDI, ZVHD2.',
    'image_url',
  ),
  'IMG.0075': refused('Use letters, digits, space, - . and _.', 'image_url'),
  'IMG.0086': refused('Check the fields of the image.'),
  'IMG.0087': token,
  'IMG.0090': throttled,
  'IMG.0095': refused('Check the KMS key.', 'cmk_id'),
  'IMG.0097': refused('Enable the KMS key.', 'cmk_id'),
  'IMG.0099': refused('Ask for access to the KMS key.', 'cmk_id'),
  'IMG.0100': refused('Encrypted images are not enabled for this account.', 'cmk_id'),
  'IMG.0109': refused('Check the name of the bucket.', 'image_url'),
  'IMG.0111': refused('The system disk is too large.', 'min_disk'),
  'IMG.0115': refused('Tag: key at most 36, value at most 43 of A-Z a-z 0-9 _ -.', 'tags'),
  'IMG.0116': refused('At most 9 tags of your own.', 'tags'),
  'IMG.0117': refused('Use ECS or BMS.', 'type'),
  'IMG.0118': refused('Bare-metal images cannot be encrypted.', 'cmk_id'),
  'IMG.0121': refused('Check that the object exists.', 'image_url'),
  'IMG.0122': refused('Use Linux, Windows or Other.', 'os_type'),
  'IMG.0123': refused('Name each file once.', 'data_images'),
  'IMG.0141': refused('Use bios or uefi.', 'hw_firmware_type'),
  'IMG.0144': refused('Check the fields of the image.'),
  'IMG.0154': unclear,
  'IMG.0155': unclear,
  'IMG.0156': unclear,
  'IMG.0158': refused('quick_import takes RAW (with its bitmap file) and ZVHD2.', 'image_url'),
  'IMG.0159': refused('quick_import needs os_version.', 'os_version'),
  'IMG.0166': refused('An ISO image needs os_version.', 'os_version'),
  'IMG.0167': refused('Leave the field out for ISO images.'),
  'IMG.0175': refused('Rename the folder or file: no spaces.', 'image_url'),
  'IMG.0187': throttled,
  'IMG.0194': refused('At most 3 data disks along with an image.', 'data_images'),
  'IMG.0212': refused('Use x86 or arm.', 'architecture'),
  'IMG.0238': money,
  'IMG.0239': money,
  'IMG.0241': money,
  'IMG.0242': money,
  'IMG.1075': unclear,
};

/** Gateway: `APIGW.` or, as OTC's manual spells it, `APIG.`; the number decides. */
const GATEWAY_CODES: Readonly<Record<string, Verdict>> = {
  '0101': stop('endpoint', `Check IMS_ENDPOINT and the region, ${RESUME}`),
  '0301': token,
  '0302': permission,
  '0303': token,
  '0304': permission,
  '0305': token,
  '0306': permission,
  '0307': token,
  '0308': throttled,
  '0310': permission,
  '0401': permission,
  '0402': permission,
  '0801': permission,
  '0802': permission,
};

export function isGatewayCode(code: string): boolean {
  return /^APIGW?\./.test(code);
}

/** The verdict on an error code; `undefined` for a code that nobody documented. */
export function verdictOf(code: string): Verdict | undefined {
  const gateway = /^APIGW?\.(\d+)$/.exec(code)?.[1];
  if (gateway !== undefined) return GATEWAY_CODES[gateway];
  return Object.hasOwn(IMS_CODES, code) ? IMS_CODES[code] : undefined;
}
