import type { ImageRequest } from '../image/image-request.ts';
import { verdicts } from './ims-codes.ts';
import type { Verdict } from './verdict.ts';

/** A call that becomes a kind of request needs its codes in `ims-codes.ts`: the compiler says so. */
type OtherCall = Exclude<
  'server' | 'backup' | 'change' | 'share' | 'export' | 'publish',
  ImageRequest['kind']
>;

const REPORT = 'report it to the authors of ims-ferry';

const ADVICE: Readonly<Record<OtherCall, string>> = {
  server: `An import names no server or volume: compare type and kind, and ${REPORT}.`,
  backup: `An import names no backup or vault: ${REPORT}, with the request id.`,
  change:
    'An import changes no image that is there: somebody else may be at work in the project. See the image in the console.',
  share: `An import shares no image: ${REPORT}, with the request id.`,
  export: `An import exports no image: ${REPORT}, with the request id.`,
  publish: `An import publishes no image: ${REPORT}, with the request id.`,
};

/**
 * Codes that IMS documents for calls that ims-ferry never makes: images from servers and backups, sharing,
 * exports, the Marketplace. If an import meets one all the same, IMS has refused it.
 */
const CODES: Readonly<Record<OtherCall, string>> = {
  server: `
0005: The server does not exist.
0006: The system disk of the server cannot become an image.
0008: The server is not stopped.
0010: The server has tasks under way.
0011: The request has to force the creation (forceCreate).
0012: The request names no server.
0022: The disk cannot become an image as it is.
0063: This kind of server cannot become an image.
0110: The system disk of the server cannot be used.
0119: The server has no system disk.
0120: A data disk that the request names cannot be used.
0126: The server cannot become a full image in its state.
0136: The server is being backed up.
0137: IMS could not read about the server.
0139: Other disks of the server are in use.
0140: The disks belong to different servers.
0153: Disks of dedicated storage cannot become images.
0164: The spot server is being taken back.
0181: IMS could not find servers that can be protected.
0186: The server belongs to the older backup service (CSBS).
0191: IMS could not read the flavors of servers.
0192: The flavor of the query is wrong.`,
  backup: `
0019: The request names no backup.
0020: The backup does not exist.
0029: The backup was used for an image already.
0032: The backup cannot be used.
0033: The backup is not one of a system disk.
0127: The server backup does not exist.
0132: The server backup cannot become an image in its state.
0133: The user may not use the server backup.
0134: The server backup was used for an image already.
0165: The user lacks a right to the server backup.
0176: The backup of a full image was not deleted.
0180: The backup service cannot make full images.
0182: The vault is full.
0183: The server belongs to another vault.
0184: IMS could not read about the vault.
0185: The vault has as many servers as it takes.
0188: The vault cannot be used.
0189: The vault takes no copies of images.
0190: Full images are made from backups of CBR only.
0193: The vault is not one for servers.
0195: A full image from a backup needs its operating system.
0198: The backup does not exist, or is of another kind.`,
  change: `
0028: The image is protected.
0034: The number of images cannot be changed.
0035: Two changes of one attribute contradict each other.
0047: Only the owner of the image may do this.
0083: The image is a public one.
0084: The image is a private one.
0085: The way to publish the image is wrong.
0091: A protected image cannot be deleted.
0092: Only its owner may delete the image.
0094: A public image cannot be deleted.
0106: The image belongs to another account.
0125: A data disk image cannot be made public.
0162: The name of the vendor has other than 1 to 12 letters and spaces.
0163: The image cannot carry the name of a vendor.
0168: Data disk images cannot be replaced.
0169: The image to replace has another operating system.
0170: The image to replace has another format.
0171: The disk is smaller than that of the image to replace.
0172: The memory is less than that of the image to replace.
0173: The image to replace is for another kind of server.
0174: The image to replace has another name.`,
  share: `
0076: An image cannot be shared with its own account.
0088: The quota of shared images is used up.
0089: A public image cannot be shared.
0098: An encrypted image cannot be shared.
0135: A full image cannot be shared.
0177: The two accounts are in different regions.
0178: The two accounts are the same.
0196: The other account has not accepted the shared image.`,
  export: `
0070: A file of this name is in the bucket already.
0071: The image cannot be exported.
0073: The file to export to has no name.
0077: A public image cannot be exported.
0078: An image of the Marketplace cannot be exported.
0079: An image that costs money cannot be exported.
0080: An image of a server backup cannot be exported.
0081: An image that was imported from a file cannot be exported.
0128: A full image cannot be exported.
0148: The image is being exported.
0160: Only images below 128 GB can be exported.`,
  publish: `
0042: The image is not one of the Marketplace.
0043: Somebody else has published the image.
0044: The image is not being published.
0048: The Marketplace does not know this operation.
0049: The image is published, or is being published.
0050: The image cannot be marked as not published.
0051: An image of a backup cannot be published.
0052: A shared image cannot be published.
0082: The image cannot be published.
0093: An image of the Marketplace cannot be deleted.
0107: An image of the Marketplace cannot be shared.
0124: A data disk image cannot be published.
0129: A full image cannot be published.
0131: A full image cannot be published as it is.`,
};

export const OTHER_CODES: Readonly<Record<string, Verdict>> = Object.assign(
  {},
  ...(Object.keys(CODES) as OtherCall[]).map((call) =>
    verdicts(CODES[call], (reason) => ({ kind: 'refused', reason, advice: ADVICE[call] })),
  ),
);
