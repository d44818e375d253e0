import { NEEDED } from './rights.ts';
import { stop, throttled, token, type Verdict } from './verdict.ts';

/** IMS, OBS: what a login needs to create, and the roles that have it. */
export const CREATE_RIGHTS = `The login needs ${NEEDED.system.right} (data disks: ${NEEDED.data.right}, copies: ${NEEDED.copy.right}) and must be allowed to read the objects; the roles IMS FullAccess and Tenant Administrator (for OBS) have that. Ask for them`;

const SUPPORT = 'If it happens again, ask the support of the cloud with the request id.';
const LOOKED_UP = `IMS may have created the image; it is looked up. ${SUPPORT}`;

const PAY = 'Fix it in the console of the account (real name, balance, budget)';

const NAME = 'Use 1 to 128 letters, digits, spaces and - . _, no space at an edge.';
const CHECK =
  'Compare the fields of the image with the manual of IMS; ims-ferry validate checks the file.';
const KEY = 'Check the id of the KMS key and its region.';
const NO_SERVER =
  'Of a copy: the image of its source is gone; ims-ferry submit --recreate makes it again. Any other import names no image: report it to the authors of ims-ferry, with the request id.';

/**
 * Of rows like `0002 name: what is wrong | what to do`. Without a field no field is at fault, without an
 * advice that of the whole table counts.
 */
export function verdicts(
  table: string,
  toVerdict: (reason: string, advice: string, field: string) => Verdict,
): Readonly<Record<string, Verdict>> {
  const rows = table.trim().split('\n');
  return Object.fromEntries(
    rows.map((row) => {
      const colon = row.indexOf(': ');
      const [number = '', field = ''] = row.slice(0, colon).split(' ');
      const [reason = '', advice = ''] = row.slice(colon + 2).split(' | ');
      return [number, toVerdict(reason, advice, field)];
    }),
  );
}

const REFUSED = `
0001: The request is not in the form that IMS expects. | ${CHECK}
0002 name: The name is longer than 128 characters. | ${NAME}
0003 name: The name has characters that IMS does not allow. | ${NAME}
0004 description: The description is too long. | Use at most 1024 characters.
0007: The request arrived without a body. | Check proxies on the way to IMS.
0009 name: Another image has this name. | Choose another name, or delete the image that has it.
0013 name: The image has no name. | Give the image a name.
0017 image_url: The address of the file has another form. | Write bucket:object.
0021 type: IMS does not know this kind of source. | Check kind and type.
0024 type: The type of the image is wrong. | Use ECS or BMS; IsoImage for ISO.
0025: IMS does not accept this kind of user. | Log in as an IAM user of the account that owns the project.
0027: The image that the request names does not exist. | ${NO_SERVER}
0031: The request names a resource that does not exist. | ${CHECK}
0041: The account that IMS should act for is empty. | Check that the account has given IMS its agency: create one image in the console.
0046: The image cannot be used as it is. | See its state in the console.
0054 description: The description has characters that IMS does not allow. | Leave out line breaks, < and >.
0055 min_disk: Disk or memory has a size that IMS does not allow. | Check min_disk, min_ram and max_ram.
0056 os_version: IMS does not know this operating system. | Take a value from the list of operating systems of IMS, letter by letter.
0057 image_url: The file is missing, empty, of another format, or must not be read. | Check that the object exists, is not empty, has a supported format and may be read.
0058 image_url: The bucket is in another region than the project. | Copy the file into a bucket of the region of the project.
0059 image_url: The file is larger than IMS takes. | Files above 128 GB need quick_import (RAW or ZVHD2).
0062 name: The name of the image is wrong. | ${NAME}
0066: The id of an image is wrong. | ${NO_SERVER}
0068 image_url: The address names no bucket. | Write bucket:object.
0069 image_url: IMS cannot reach the bucket. | Check that the bucket exists and may be read.
0072 image_url: IMS cannot import this format. | Convert the file: VMDK, VHD, QCOW2, RAW, VHDX, QED, VDI, ZVHD2.
0074 image_url: The name of the file is too long. | Rename the object: a shorter name.
0075 image_url: The name of the file has characters that IMS does not allow. | Use letters, digits, - . and _ in the name of the object.
0086: IMS finds no such image. | ${NO_SERVER}
0095 cmk_id: The KMS key does not exist. | ${KEY}
0096 cmk_id: The KMS key is the one that the image has already. | Name another key, or leave cmk_id out.
0097 cmk_id: The KMS key is disabled. | Enable the KMS key.
0099 cmk_id: The user may not use the KMS key. | Ask for a grant for the KMS key.
0100 cmk_id: The account may not use encrypted images. | Have KMS enabled for the account, or leave cmk_id out.
0104: The region has several projects, and the login names none of them. | Set OS_PROJECT_NAME (or OS_PROJECT_ID), start the workers again, then run: ims-ferry retry.
0105: This cloud does not support the request. | Leave out fields that are not needed; try without quick_import, cmk_id or type.
0109 image_url: The name of the bucket has characters that are not allowed. | Check the name of the bucket.
0111 min_disk: The system disk is larger than IMS takes. | Use at most 1024 GB.
0115 tags: A tag has characters or a length that IMS does not allow. | OTC: key at most 36, value at most 43 of A-Z a-z 0-9 _ -. Huawei Cloud: 128 and 255.
0116 tags: The image has too many tags. | OTC: at most 9 of your own. Huawei Cloud: 19.
0117 type: The image can only be for ECS or BMS. | Use ECS or BMS.
0118 cmk_id: Bare-metal images cannot be encrypted. | Leave out cmk_id, or use type ECS.
0121 image_url: The object does not exist. | Check that the object exists.
0122 os_type: The type of the operating system is wrong. | Use Linux, Windows or Other; an ISO file needs type: IsoImage.
0123 data_images: One file is named twice. | Name each file once.
0138 os_version: IMS could not find out which operating system is in the file. | Set os_type and os_version.
0141 hw_firmware_type: The firmware type is neither of the two. | Use bios or uefi.
0144: The image does not exist. | ${NO_SERVER}
0145: IMS does not know the project by its name. | Check OS_PROJECT_NAME (or set OS_PROJECT_ID), then run: ims-ferry retry.
0157 type: The kind of image that is to be created is wrong. | Check kind and type.
0158 image_url: The fast import does not take this file. | The fast import takes ZVHD2, and RAW with its bitmap file (same name, .mf) beside it in the bucket.
0159 os_version: The fast import needs the operating system. | Set os_version.
0166 os_version: An ISO image needs the operating system. | Set os_version.
0167 type: ISO images cannot have this. | Leave out cmk_id, is_config and data_images for ISO images.
0175 image_url: Folder or file name has a space. | Rename the folder or file: no spaces.
0194 data_images: One create names too many images. | At most 3 data disks along with an image.
0212 architecture: The architecture is neither of the two. | Use x86 or arm.`;

const AGENCY =
  'Check agency: it must let IMS act for the account in the project of the other region.';

/** Of copies only. */
const NO_COPY = `
0101 cmk_id: The KMS key of the original image does not exist. | ${KEY}
0102 cmk_id: The KMS key of the original image is disabled. | Enable the key.
0103 cmk_id: The user may not use the KMS key of the original image. | ${KEY}
0130 copies: A full image can neither be exported nor copied. | Leave out copies.
0142 copies: A copy across regions needs two regions. | Leave out cloud to copy within the region.
0143 copies: An encrypted image cannot be copied to another region. | Leave out cmk_id of the image, and encrypt a copy in the other region.
0146 copies: The image is too large to be copied to another region. | Upload the file in the other region, and import it there.
0147 copies: The region to copy to is wrong. | Check the entry of the cloud in clouds.yaml.
0150 copies: The backup of the image is in the other region already. | Use the one that is there.
0151 copies: The agency lacks rights in the project to copy to. | ${AGENCY}
0152 copies: The full image is in one availability zone only. | Leave out copies.
0179 copies: The token of the agency for the original image is wrong. | ${AGENCY}
0197 copies: A shared image that is encrypted cannot be copied. | Leave out copies.`;

/** IMS met an error, and may have created the image before. */
const UNCLEAR = `
0014: The part of the cloud that stores images met an error.
0016: IMS met an error while it cleaned up a request.
0018: IMS could not hand the job to its workers.
0023: IMS could not look up the state of a job.
0036: IMS could not act for the account (agency).
0037: IMS could not get the keys with which it reads the file.
0038: IMS could not make the bucket that it works with.
0039: IMS could not share its bucket.
0040: IMS could not find the address of the object storage.
0045: IMS could not give the image a product code.
0053: IMS could not read about its own account for this one.
0061: IMS met an error that it has no name for.
0064: IMS could not read about the project from IAM.
0065: IMS could not read about the account from IAM.
0108: IMS does not find the account in this region.
0112: IMS could not add the account to the image.
0113: IMS could not remove an account from the image.
0114: IMS could not read the details of the account.
0154: IMS could not reach the service for enterprise projects.
0155: IMS could not check the enterprise project.
0156: The image was not put into its enterprise project.
1075: IMS could not register the file as an image.`;

const THROTTLED = `
0060: The account has as many jobs under way as IMS takes.
0149: As many copies across regions are under way as IMS takes.
0090: Another image that is being created is in the way.
0187: KMS takes no more calls at the moment.`;

const TOKEN = `
0030: Project and token do not belong together.
0067: The project id is wrong for this token.
0087: The token is wrong.`;

const MONEY = `
0238: The account has not proved its real name.
0239: The balance of the account is too low.
0241: The account has no complete payment data.
0242: The budget of the enterprise project is used up.`;

/** The codes that an import can meet, in our own words. The HTTP status is 400 for nearly all of them. */
export const IMPORT_CODES: Readonly<Record<string, Verdict>> = {
  ...verdicts(REFUSED + NO_COPY, (reason, advice, field) =>
    field === '' ? { kind: 'refused', reason, advice } : { kind: 'refused', reason, advice, field },
  ),
  ...verdicts(UNCLEAR, (reason) => ({ kind: 'unclear', reason, advice: LOOKED_UP })),
  ...verdicts(THROTTLED, throttled),
  ...verdicts(TOKEN, token),
  ...verdicts(MONEY, (reason) => stop('money', reason, PAY)),
  '0015': stop(
    'quota',
    'The project has as many private images as its quota allows.',
    'Submitting resumes by itself once there is room. To speed that up, delete images or ask for a larger quota',
  ),
  '0026': stop(
    'permission',
    'A right is missing, or the account has not proved its real name.',
    CREATE_RIGHTS,
  ),
  '0161': stop('permission', 'The user lacks a right.', CREATE_RIGHTS),
};
