import { z } from 'zod';
import type { ReadAnswer } from './ims-answers.ts';
import type { Read, Reader } from './ims-reader.ts';
import type { WriteAnswer, Writer } from './ims-writer.ts';

/** A project that an image is shared with; its status is a word of IMS. */
export interface ImageMember {
  readonly projectId: string;
  readonly status: string;
}

/** Shares images with other projects. No method throws for what the cloud or the network does. */
export interface ImageMembers {
  list(imageId: string): Promise<ReadAnswer<readonly ImageMember[]>>;
  /** IMS refuses a member that is there already; then nothing has changed. */
  add(imageId: string, projectId: string): Promise<WriteAnswer>;
}

const member = z.object({ member_id: z.string().min(1), status: z.string() });
const listSchema = z.object({ members: z.array(member) });

/** Glance: `/v2/images/{id}/members`. Members accept by themselves: `acceptImage`. */
export function createMembers(reader: Reader, writer: Writer): ImageMembers {
  return {
    list: (imageId) => reader.read(membersRead(imageId)),
    add: (imageId, projectId) =>
      writer.write({
        operation: 'member',
        method: 'POST',
        path: () => `/v2/images/${imageId}/members`,
        json: { member: projectId },
        imageId,
      }),
  };
}

export function membersRead(imageId: string): Read<readonly ImageMember[]> {
  const path = (): string => `/v2/images/${imageId}/members`;
  return { operation: 'image', path, parse: toMembers, imageId };
}

/** With a writer of the member's own project: nobody else may accept. */
export function acceptImage(
  writer: Writer,
  { imageId, projectId }: { readonly imageId: string; readonly projectId: string },
): Promise<WriteAnswer> {
  return writer.write({
    operation: 'member',
    method: 'PUT',
    path: () => `/v2/images/${imageId}/members/${projectId}`,
    json: { status: 'accepted' },
    imageId,
  });
}

function toMembers(body: unknown): readonly ImageMember[] | undefined {
  const found = listSchema.safeParse(body);
  if (!found.success) return undefined;
  return found.data.members.map(({ member_id, status }) => ({
    projectId: member_id.toLowerCase(),
    status: status.toLowerCase(),
  }));
}
