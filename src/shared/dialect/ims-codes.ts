import type { ImageRequest } from '../image/image-request.ts';
import type { StopReason, Verdict } from './error-catalogue.ts';

/** The right that creates each kind of image, by the actions of IMS policies. */
const RIGHTS: { readonly [Kind in ImageRequest['kind']]: string } = {
  system: 'ims:serverImages:create',
  data: 'ims:dataImages:create',
};

/** IMS, OBS: what a login needs to create, and the roles that have it. */
export const CREATE_RIGHTS = `The login needs ${RIGHTS.system} (data disks: ${RIGHTS.data}) and must be allowed to read the objects; the roles IMS FullAccess and Tenant Administrator (for OBS) have that. Ask for them`;

const RESUME = 'then run: ims-ferry resume';
const SUPPORT = 'If it happens again, ask the support of the cloud with the request id.';
const LOOKED_UP = `IMS may have created the image; it is looked up. ${SUPPORT}`;

const refused = (reason: string, advice: string, field?: string): Verdict =>
  field === undefined
    ? { kind: 'refused', reason, advice }
    : { kind: 'refused', reason, advice, field };
const unclear = (reason: string): Verdict => ({ kind: 'unclear', reason, advice: LOOKED_UP });
export const stop = (reasonOfStop: StopReason, reason: string, advice: string): Verdict => ({
  kind: 'stop',
  reasonOfStop,
  reason,
  advice: `${advice}, ${RESUME}`,
});
export const throttled = (reason: string): Verdict => ({
  kind: 'not-sent',
  cause: 'throttled',
  reason,
  advice: 'Nothing to do: it is sent again later.',
});
export const token = (reason: string): Verdict => ({
  kind: 'not-sent',
  cause: 'token',
  reason,
  advice: 'Nothing to do: a new login is made.',
});
const money = (reason: string): Verdict =>
  stop('money', reason, 'Settle it in the console of the account (real name, balance, budget)');

const NAME = 'Use 1 to 128 letters, digits, spaces and - . _, no space at an edge.';
const CHECK =
  'Compare the fields of the image with the manual of IMS; ims-ferry validate checks the file.';
const KEY = 'Check the id of the KMS key and its region.';
const NO_SERVER =
  'An import names no image: report it to the authors of ims-ferry, with the request id.';

/** The codes that an import can meet, in our own words. The HTTP status is 400 for nearly all of them. */
export const IMPORT_CODES: Readonly<Record<string, Verdict>> = {
  '0001': refused('The request is not in the form that IMS expects.', CHECK),
  '0002': refused('The name is longer than 128 characters.', NAME, 'name'),
  '0003': refused('The name has characters that IMS does not allow.', NAME, 'name'),
  '0004': refused('The description is too long.', 'Use at most 1024 characters.', 'description'),
  '0007': refused('The request arrived without a body.', 'Check proxies on the way to IMS.'),
  '0009': refused(
    'Another image has this name.',
    'Choose another name, or delete the image that has it.',
    'name',
  ),
  '0013': refused('The image has no name.', 'Give the image a name.', 'name'),
  '0014': unclear('The part of the cloud that stores images met an error.'),
  '0015': stop(
    'quota',
    'The project has as many private images as its quota allows.',
    'Delete images or ask for a larger quota: submitting resumes by itself once there is room. To resume at once',
  ),
  '0016': unclear('IMS met an error while it cleaned up a request.'),
  '0017': refused('The address of the file has another form.', 'Write bucket:object.', 'image_url'),
  '0018': unclear('IMS could not hand the job to its workers.'),
  '0021': refused('IMS does not know this kind of source.', 'Check kind and type.', 'type'),
  '0023': unclear('IMS could not look up the state of a job.'),
  '0024': refused('The type of the image is wrong.', 'Use ECS or BMS; IsoImage for ISO.', 'type'),
  '0025': refused(
    'IMS does not accept this kind of user.',
    'Log in as an IAM user of the account that owns the project.',
  ),
  '0026': stop(
    'permission',
    'A right is missing, or the account has not proved its real name.',
    CREATE_RIGHTS,
  ),
  '0027': refused('The image that the request names does not exist.', NO_SERVER),
  '0030': token('Project and token do not belong together.'),
  '0031': refused('The request names a resource that does not exist.', CHECK),
  '0036': unclear('IMS could not act for the account (agency).'),
  '0037': unclear('IMS could not get the keys with which it reads the file.'),
  '0038': unclear('IMS could not make the bucket that it works with.'),
  '0039': unclear('IMS could not share its bucket.'),
  '0040': unclear('IMS could not find the address of the object storage.'),
  '0041': refused(
    'The account that IMS should act for is empty.',
    'Check that the account has given IMS its agency: create one image in the console.',
  ),
  '0045': unclear('IMS could not give the image a product code.'),
  '0046': refused('The image cannot be used as it is.', 'See its state in the console.'),
  '0053': unclear('IMS could not read about its own account for this one.'),
  '0054': refused(
    'The description has characters that IMS does not allow.',
    'Leave out line breaks, < and >.',
    'description',
  ),
  '0055': refused(
    'Disk or memory has a size that IMS does not allow.',
    'Check min_disk, min_ram and max_ram.',
    'min_disk',
  ),
  '0056': refused(
    'IMS does not know this operating system.',
    'Take a value from the list of operating systems of IMS, letter by letter.',
    'os_version',
  ),
  '0057': refused(
    'The file is missing, empty, of another format, or must not be read.',
    'Check that the object exists, is not empty, has a supported format and may be read.',
    'image_url',
  ),
  '0058': refused(
    'The bucket is in another region than the project.',
    'Copy the file into a bucket of the region of the project.',
    'image_url',
  ),
  '0059': refused(
    'The file is larger than IMS takes.',
    'Files above 128 GB need quick_import (RAW or ZVHD2).',
    'image_url',
  ),
  '0060': throttled('The account has as many jobs under way as IMS takes.'),
  '0061': unclear('IMS met an error that it has no name for.'),
  '0062': refused('The name of the image is wrong.', NAME, 'name'),
  '0064': unclear('IMS could not read about the project from IAM.'),
  '0065': unclear('IMS could not read about the account from IAM.'),
  '0066': refused('The id of an image is wrong.', NO_SERVER),
  '0067': token('The project id is wrong for this token.'),
  '0068': refused('The address names no bucket.', 'Write bucket:object.', 'image_url'),
  '0069': refused(
    'IMS cannot reach the bucket.',
    'Check that the bucket exists and may be read.',
    'image_url',
  ),
  '0072': refused(
    'IMS cannot import this format.',
    'Convert the file: VMDK, VHD, QCOW2, RAW, VHDX, QED, VDI, ZVHD2.',
    'image_url',
  ),
  '0074': refused(
    'The name of the file is too long.',
    'Rename the object: a shorter name.',
    'image_url',
  ),
  '0075': refused(
    'The name of the file has characters that IMS does not allow.',
    'Use letters, digits, - . and _ in the name of the object.',
    'image_url',
  ),
  '0086': refused('IMS finds no such image.', NO_SERVER),
  '0087': token('The token is wrong.'),
  '0090': throttled('An image that is being created stands in the way.'),
  '0095': refused('The KMS key does not exist.', KEY, 'cmk_id'),
  '0096': refused(
    'The KMS key is the one that the image has already.',
    'Name another key, or leave cmk_id out.',
    'cmk_id',
  ),
  '0097': refused('The KMS key is disabled.', 'Enable the KMS key.', 'cmk_id'),
  '0099': refused(
    'The user may not use the KMS key.',
    'Ask for a grant for the KMS key.',
    'cmk_id',
  ),
  '0100': refused(
    'The account may not use encrypted images.',
    'Have KMS enabled for the account, or leave cmk_id out.',
    'cmk_id',
  ),
  '0104': refused(
    'The region has several projects, and the login names none of them.',
    'Set OS_PROJECT_NAME (or OS_PROJECT_ID), start the workers again, then run: ims-ferry retry.',
  ),
  '0105': refused(
    'This cloud does not support what was asked.',
    'Leave out fields that are not needed; try without quick_import, cmk_id or type.',
  ),
  '0108': unclear('IMS does not find the account in this region.'),
  '0109': refused(
    'The name of the bucket has characters that are not allowed.',
    'Check the name of the bucket.',
    'image_url',
  ),
  '0111': refused('The system disk is larger than IMS takes.', 'Use at most 1024 GB.', 'min_disk'),
  '0112': unclear('IMS could not add the account to the image.'),
  '0113': unclear('IMS could not remove an account from the image.'),
  '0114': unclear('IMS could not read the details of the account.'),
  '0115': refused(
    'A tag has characters or a length that IMS does not allow.',
    'OTC: key at most 36, value at most 43 of A-Z a-z 0-9 _ -. Huawei Cloud: 128 and 255.',
    'tags',
  ),
  '0116': refused(
    'The image has too many tags.',
    'OTC: at most 9 of your own. Huawei Cloud: 19.',
    'tags',
  ),
  '0117': refused('The image can only be for ECS or BMS.', 'Use ECS or BMS.', 'type'),
  '0118': refused(
    'Bare-metal images cannot be encrypted.',
    'Leave out cmk_id, or use type ECS.',
    'cmk_id',
  ),
  '0121': refused('The object does not exist.', 'Check that the object exists.', 'image_url'),
  '0122': refused(
    'The type of the operating system is wrong.',
    'Use Linux, Windows or Other; an ISO file needs type: IsoImage.',
    'os_type',
  ),
  '0123': refused('One file is named twice.', 'Name each file once.', 'data_images'),
  '0138': refused(
    'IMS could not find out which operating system is in the file.',
    'Set os_type and os_version.',
    'os_version',
  ),
  '0141': refused(
    'The firmware type is neither of the two.',
    'Use bios or uefi.',
    'hw_firmware_type',
  ),
  '0144': refused('The image does not exist.', NO_SERVER),
  '0145': refused(
    'IMS does not know the project by its name.',
    'Check OS_PROJECT_NAME (or set OS_PROJECT_ID), then run: ims-ferry retry.',
  ),
  '0154': unclear('IMS could not reach the service for enterprise projects.'),
  '0155': unclear('IMS could not check the enterprise project.'),
  '0156': unclear('The image was not put into its enterprise project.'),
  '0157': refused(
    'The kind of image that is to be created is wrong.',
    'Check kind and type.',
    'type',
  ),
  '0158': refused(
    'The fast import does not take this file.',
    'The fast import takes ZVHD2, and RAW with its bitmap file (same name, .mf) beside it in the bucket.',
    'image_url',
  ),
  '0159': refused('The fast import needs the operating system.', 'Set os_version.', 'os_version'),
  '0161': stop('permission', 'The user lacks a right.', CREATE_RIGHTS),
  '0166': refused('An ISO image needs the operating system.', 'Set os_version.', 'os_version'),
  '0167': refused(
    'ISO images cannot have this.',
    'Leave out cmk_id, is_config and data_images for ISO images.',
    'type',
  ),
  '0175': refused(
    'Folder or file name has a space.',
    'Rename the folder or file: no spaces.',
    'image_url',
  ),
  '0187': throttled('KMS takes no more calls at the moment.'),
  '0194': refused(
    'One create names too many images.',
    'At most 3 data disks along with an image.',
    'data_images',
  ),
  '0212': refused('The architecture is neither of the two.', 'Use x86 or arm.', 'architecture'),
  '0238': money('The account has not proved its real name.'),
  '0239': money('The balance of the account is too low.'),
  '0241': money('The account has no complete payment data.'),
  '0242': money('The budget of the enterprise project is used up.'),
  '1075': unclear('IMS could not register the file as an image.'),
};
