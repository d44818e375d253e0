import type { ImsClient, ImsImage, Quota } from '../../shared/cloud/ims/ims-answers.ts';
import { describeOdds } from '../../shared/cloud/ims/read-bodies.ts';
import type { Sessions } from '../../shared/cloud/session/session.ts';
import { FerryError } from '../../shared/errors/errors.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import { isOwnImport, markedCopies, markedImages } from '../../shared/look-up/match-images.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';

/** The images of the project, by what a plan looks for. */
export interface Listed {
  readonly marked: ReadonlyMap<ImportKey, readonly ImsImage[]>;
  readonly byName: ReadonlyMap<string, readonly ImsImage[]>;
  readonly byId: ReadonlyMap<string, ImsImage>;
}

/** The state of the cloud before anything is done. `notChecked` lists what could not be read. */
export interface CloudView {
  readonly listed?: Listed;
  readonly quota?: Quota;
  readonly notChecked: readonly string[];
  /** Why the login failed, so that nothing could be read. */
  readonly failure?: FerryError;
}

interface CloudDeps {
  readonly ims: Pick<ImsClient, 'images' | 'quota'>;
  readonly sessions: Pick<Sessions, 'get'>;
}

/** Reads the image list and the quota. Failures of the cloud are reported, not thrown. */
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
  return omitUndefined({
    listed: images.kind === 'ok' ? toListed(images.value, session.projectId) : undefined,
    quota: quota.kind === 'ok' ? quota.value : undefined,
    notChecked,
  });
}

function toListed(images: readonly ImsImage[], projectId: string): Listed {
  const own = images.filter((image) => isOwnImport(image, projectId));
  return {
    marked: new Map([...markedImages(images, projectId), ...markedCopies(images, projectId)]),
    byName: Map.groupBy(own, ({ name }) => name),
    byId: new Map(images.map((image) => [image.id, image])),
  };
}
