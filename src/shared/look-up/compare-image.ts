import type { ImageDetails, ImsImage } from '../cloud/ims/ims-answers.ts';
import { type FileFacts, wholeGb } from '../image/file-facts.ts';
import { diskKindOf, type ImageRequest, type ImageTag } from '../image/image-request.ts';
import { MARKER_TAG_KEY, wantedDescription } from '../image/import-key.ts';
import type { Difference } from '../state/import-state.ts';

/** What was requested, and what is known of the file. */
interface Requested {
  readonly request: ImageRequest;
  readonly file?: FileFacts;
}

/** `undefined` on either side: not requested, or IMS does not say; neither proves anything. */
type Row = readonly [field: string, wanted: string | undefined, is: string | undefined];

/**
 * In which fields an image is not what was requested; pure. Its disk format is that of the cloud, whatever
 * the file was, so it is not compared.
 */
export function compareImage({ request, file }: Requested, image: ImsImage): readonly Difference[] {
  const { details = {}, description, minDisk, name, kind } = image;
  const rows: readonly Row[] = [
    ['name', request.name, name === '' ? undefined : name],
    ['description', wantedDescription(request), description],
    ['kind', diskKindOf(request), kind],
    ['type', environmentOf(request), details.environment],
    ['min_disk', String(request.min_disk), textOf(minDisk)],
    ['os_type', request.os_type, details.osType],
    ['os_version', request.os_version, details.osVersion],
    ['architecture', request.architecture, architectureOf(details)],
    ['hw_firmware_type', request.hw_firmware_type, details.firmware],
    ['cmk_id', request.cmk_id, details.cmkId],
    ['enterprise_project_id', request.enterprise_project_id, details.enterpriseProjectId],
    ['min_ram', textOf(request.min_ram), textOf(details.minRam)],
    ['max_ram', textOf(request.max_ram), textOf(details.maxRam)],
  ];
  const fields = rows.flatMap(([field, wanted, is]) =>
    wanted === undefined || is === undefined || isSame(wanted, is) ? [] : [{ field, wanted, is }],
  );
  return [...fields, ...sizeOf(file, minDisk), ...tagsOf(request.tags ?? [], image.tags)];
}

/** IMS spells the words of its lists in upper and lower case. */
function isSame(wanted: string, is: string): boolean {
  return wanted.trim().toLowerCase() === is.trim().toLowerCase();
}

function textOf(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** IMS: ECS is FusionCompute, BMS is Ironic. The kind of a data disk is compared as such. */
function environmentOf({ kind, type }: ImageRequest): string | undefined {
  if (kind === 'data' || type === undefined) return undefined;
  if (type === 'ECS') return 'FusionCompute';
  return type === 'BMS' ? 'Ironic' : type;
}

function architectureOf({ isArm }: ImageDetails): string | undefined {
  return isArm === undefined ? undefined : isArm ? 'arm' : 'x86';
}

/** The disk in the file does not fit into the disk of a server that is made from the image. */
function sizeOf(file: FileFacts | undefined, minDisk: number | undefined): readonly Difference[] {
  const bytes = file?.virtualBytes;
  if (bytes === undefined || minDisk === undefined || wholeGb(bytes) <= minDisk) return [];
  const wanted = `at least ${wholeGb(bytes)}, the disk in the file`;
  return [{ field: 'min_disk', wanted, is: String(minDisk) }];
}

/** A cloud that does not show our marker shows no tags: then none is missing. */
function tagsOf(wanted: readonly ImageTag[], tags: readonly string[]): readonly Difference[] {
  if (!tags.some((tag) => tag.startsWith(MARKER_TAG_KEY))) return [];
  return wanted.flatMap(({ key, value }) => {
    const forms = [`${key}=${value}`, `${key}.${value}`, ...(value === '' ? [key] : [])];
    if (forms.some((form) => tags.includes(form))) return [];
    const other = tags.find((tag) => tag.startsWith(`${key}=`) || tag.startsWith(`${key}.`));
    const is = other === undefined ? 'missing' : other.slice(key.length + 1);
    return [{ field: `tag ${key}`, wanted: value === '' ? 'without a value' : value, is }];
  });
}
