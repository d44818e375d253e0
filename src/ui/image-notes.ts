import { differencesText } from '../shared/state/story-line.ts';
import type { ImageRow } from './image-row.ts';

/** What is not as it should be, not finished, or over, although the import has succeeded. */
export function imageNotes({ differences, sharing, prunedAt }: ImageRow): readonly string[] {
  const isOpen = sharing !== undefined && sharing.state !== 'done';
  return [
    ...(differences.length > 0 ? [`not as requested: ${differencesText(differences)}`] : []),
    ...(isOpen ? [sharing.text] : []),
    ...(prunedAt === undefined ? [] : ['its image was pruned']),
  ];
}
