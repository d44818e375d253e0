import type { ImageRow } from '../../ui/image-row.ts';
import type { Viewer } from './page-frame.ts';

/** What a person can do with one image. */
export type ImageAction = 'retry' | 'resolve' | 'cancel';

/** What can be done with an image now, by this viewer; never what would be refused. */
export function imageActions(
  { state, held }: Pick<ImageRow, 'state' | 'held'>,
  { mayChange, mayResolve }: Viewer,
): readonly ImageAction[] {
  if (!mayChange) return [];
  if (state === 'failed' || state === 'cancelled') return ['retry'];
  if (held) return mayResolve ? ['resolve'] : [];
  return state === 'pending' ? ['cancel'] : [];
}
