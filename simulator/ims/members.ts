import type { StoredImage } from './image-store.ts';

/** A project that an image is shared with. */
export interface Member {
  readonly projectId: string;
  readonly status: 'pending' | 'accepted' | 'rejected';
  readonly createdAt: number;
  readonly updatedAt: number;
}

export function membersOf({ members = [] }: Pick<StoredImage, 'members'>): readonly Member[] {
  return members;
}

export function memberOf(
  image: Pick<StoredImage, 'members'>,
  projectId: string,
): Member | undefined {
  return membersOf(image).find((member) => member.projectId === projectId);
}
