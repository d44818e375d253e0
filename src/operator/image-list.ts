import type {
  ImageFilter,
  ImsClient,
  ImsImage,
  OddImage,
} from '../shared/cloud/ims/ims-answers.ts';
import { refusalAdvice } from '../shared/cloud/ims/rights.ts';
import { NEEDED } from '../shared/dialect/rights.ts';
import { CloudError } from '../shared/errors/errors.ts';
import { isRefusedForGood } from '../shared/look-up/inspect-images.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';

/** A list that is complete. */
export interface ImageList {
  readonly images: readonly ImsImage[];
  /** Those that cannot be read. */
  readonly odd: readonly OddImage[];
  /** The time of IMS at which it was read, where it says so. */
  readonly now: number | undefined;
}

/**
 * @param so what follows when it cannot be read to its end, for the message
 * @throws CloudError then
 */
export async function imageList(
  ims: Pick<ImsClient, 'images'>,
  filter: ImageFilter = {},
  so = '',
): Promise<ImageList> {
  const listed = await ims.images(filter);
  if (listed.kind === 'ok') {
    return { images: listed.value, odd: listed.odd ?? [], now: listed.serverTime };
  }
  const { code, message } = listed;
  const advice = isRefusedForGood(code) ? refusalAdvice(NEEDED.list, code) : undefined;
  const what = `The image list cannot be read${so}: ${code}: ${message}`;
  throw new CloudError('IMS', what, omitUndefined({ serviceCode: code, advice }));
}
