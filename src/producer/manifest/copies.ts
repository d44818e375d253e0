import { LIMITS } from '../../shared/image/image-fields.ts';
import type {
  CopyImage,
  CopyWanted,
  ImageRequest,
  ManifestImage,
  WithCopies,
} from '../../shared/image/image-request.ts';
import { importKey } from '../../shared/image/import-key.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { ImageInput } from './image-schema.ts';
import { type FieldNote, show } from './issue.ts';

/** Every rule that a copy breaks. */
export function* copyIssues(image: Partial<ImageInput>): Generator<FieldNote> {
  const names = new Map<string, number>();
  for (const [index, copy] of (image.copies ?? []).entries()) {
    const no = (field: string, message: string): FieldNote => {
      return { path: ['copies', index, field], message };
    };
    const { cloud, agency, project, cmk_id } = copy;
    if (cloud === undefined) {
      if (cmk_id === undefined) {
        const message =
          'is missing; a copy needs cmk_id (an encrypted one) or cloud (in another region)';
        yield no('cmk_id', message);
      }
      if (agency !== undefined) yield no('agency', 'cannot be used without cloud; remove it');
      if (project !== undefined) yield no('project', 'cannot be used without cloud; remove it');
    } else {
      if (agency === undefined) {
        yield no('agency', 'is missing; IMS needs the name of an agency to copy to another region');
      }
      if (cmk_id !== undefined) {
        yield no('cmk_id', 'cannot be used with cloud: IMS encrypts no copy in another region');
      }
      if (image.cmk_id !== undefined) {
        const message =
          'cannot be used: IMS copies no encrypted image to another region (IMG.0143)';
        yield no('cloud', message);
      }
    }
    if (image.name === undefined) continue;
    const name = copyName(image.name, copy);
    if (cloud === undefined && name === image.name) {
      yield no('name', `is ${show(name)}, the name of the image itself; give its copy another one`);
    }
    const place = `${cloud ?? ''} ${name}`;
    const first = names.get(place);
    if (first !== undefined) {
      const message = `is ${show(name)}, as that of copy ${first + 1} in the same place; give it another name`;
      yield no('name', message);
    }
    names.set(place, first ?? index);
  }
}

/** Within the region it has to differ from that of the image. */
function copyName(name: string, copy: CopyWanted): string {
  if (copy.name !== undefined) return copy.name;
  const ending = '-encrypted';
  return copy.cloud === undefined ? `${name.slice(0, LIMITS.name - ending.length)}${ending}` : name;
}

/** The image, and after it its copies, which are imports of their own. */
export function imagesOf({ copies, ...image }: WithCopies): readonly ManifestImage[] {
  return [image, ...(copies ?? []).map((copy) => copyOf(image, copy))];
}

function copyOf({ request, ...image }: ManifestImage, copy: CopyWanted): ManifestImage {
  const { file: _, ...rest } = image;
  return { ...rest, request: copyRequest(request, copy) };
}

function copyRequest(source: ImageRequest, copy: CopyWanted): CopyImage {
  const { cloud, agency = '', project, cmk_id } = copy;
  const isAcross = cloud !== undefined;
  const { image_url, min_disk, description, enterprise_project_id } = source;
  return omitUndefined({
    kind: 'copy',
    quick_import: false,
    name: copyName(source.name, copy),
    image_url,
    min_disk,
    copy: 1,
    source: importKey(source),
    of: source.kind === 'data' ? 'data' : 'system',
    to: isAcross ? omitUndefined({ cloud, agency, project }) : undefined,
    cmk_id,
    description: copy.description ?? description,
    // IMS: that of another region has its own.
    enterprise_project_id: isAcross ? undefined : enterprise_project_id,
  } as const);
}
