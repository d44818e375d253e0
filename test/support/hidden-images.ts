import type { Simulator } from '../../simulator/start-simulator.ts';

/**
 * Hides images from the list and from reads by id, as a list that flaps does, or a person who deletes them.
 * Returns a function that shows them again.
 */
export function hideImages(simulator: Simulator, ids: readonly string[]): () => void {
  const { images } = simulator.state.cloud;
  const hidden = ids.flatMap((id) => images.get(id) ?? []);
  for (const image of hidden) images.put({ ...image, deletedAt: 0 });
  return () => {
    for (const image of hidden) images.put(image);
  };
}

/** The images of all creates that were accepted. */
export function imagesOfAll(simulator: Simulator): readonly string[] {
  return simulator.accepted.flatMap(({ image_ids }) => image_ids);
}
