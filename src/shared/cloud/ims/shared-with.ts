import { z } from 'zod';
import { isCloudId } from '../http/url-part.ts';
import { type ReadAnswer, readFailed } from './ims-answers.ts';
import type { Reader } from './ims-reader.ts';

const membersSchema = z.object({ members: z.array(z.object({ member_id: z.string() })) });

/** The projects that an image is shared with, whether they have accepted it or not. */
export async function sharedWith(
  reader: Reader,
  imageId: string,
): Promise<ReadAnswer<readonly string[]>> {
  if (!isCloudId(imageId)) return readFailed('BAD_ID', 'this is not an IMS id');
  return reader.read({
    operation: 'image',
    path: () => `/v2/images/${imageId}/members`,
    parse: (body) => membersSchema.safeParse(body).data?.members.map((one) => one.member_id),
  });
}
