import type { ImsClient, ImsImage, Quota, Sessions } from '../../shared/cloud/ims/ims-answers.ts';
import { describeOdds } from '../../shared/cloud/ims/read-images.ts';
import { FerryError } from '../../shared/errors/errors.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import { isOwnImport, markedImages } from '../../shared/look-up/match-images.ts';

/** The images of the project, as far as a plan needs them. */
export interface Listed {
  readonly marked: ReadonlyMap<ImportKey, readonly ImsImage[]>;
  readonly byName: ReadonlyMap<string, readonly ImsImage[]>;
  readonly ids: ReadonlySet<string>;
}

/** What IMS says before anything is done. What could not be read is named in `notChecked`. */
export interface CloudView {
  readonly listed?: Listed;
  readonly quota?: Quota;
  readonly notChecked: readonly string[];
  /** Why there is no session; nothing else could be asked then. */
  readonly failure?: FerryError;
}

export interface CloudDeps {
  readonly ims: Pick<ImsClient, 'images' | 'quota'>;
  readonly sessions: Pick<Sessions, 'get'>;
}

/** Reads the image list and the quota; never throws for what the cloud does. */
export async function readCloud({ ims, sessions }: CloudDeps): Promise<CloudView> {
  const session = await sessions.get().catch((error: unknown) => {
    if (error instanceof FerryError) return error;
    throw error;
  });
  if (session instanceof FerryError) {
    return { notChecked: [`images and quota: ${session.message}`], failure: session };
  }
  const [images, quota] = await Promise.all([ims.images({}), ims.quota()]);
  const notChecked: string[] = [];
  if (images.kind !== 'ok') notChecked.push(`images in IMS: ${images.code}: ${images.message}`);
  if (images.kind === 'ok' && images.odd) notChecked.push(describeOdds(images.odd));
  if (quota.kind !== 'ok') notChecked.push(`quota: ${quota.code}: ${quota.message}`);
  return {
    ...(images.kind === 'ok' ? { listed: toListed(images.value, session.projectId) } : {}),
    ...(quota.kind === 'ok' ? { quota: quota.value } : {}),
    notChecked,
  };
}

function toListed(images: readonly ImsImage[], projectId: string): Listed {
  const byName = new Map<string, ImsImage[]>();
  for (const image of images) {
    if (!isOwnImport(image, projectId)) continue;
    const same = byName.get(image.name);
    if (same) same.push(image);
    else byName.set(image.name, [image]);
  }
  const ids = new Set(images.map(({ id }) => id));
  return { marked: markedImages(images, projectId), byName, ids };
}
