import { createWorld } from '../../../simulator/server/world.ts';
import type { SimulatorSettings } from '../../../simulator/settings.ts';
import { systemClock } from '../../../src/shared/runtime/clock.ts';

/**
 * How long the first, second, … accepted import takes, in milliseconds: the stand-in draws durations
 * in the order of acceptance, so they are the same for everybody who gets the same seed.
 */
export function drawnDurations(settings: SimulatorSettings, images: number): readonly number[] {
  const unlimited = { ...settings, taskLimit: Number.MAX_SAFE_INTEGER };
  const { cloud, options } = createWorld(unlimited, systemClock, new AbortController().signal);
  return Array.from({ length: images }, (_, index) => {
    const body = { name: `image-${index}`, image_url: `bench:${index}.qcow2`, min_disk: 40 };
    const { projectId } = options;
    const task = cloud.admit(
      { api: 'system', path: '/v2/cloudimages/action', body, projectId },
      options,
      false,
    );
    if ('code' in task) throw new Error(`the stand-in refused: ${task.message}`);
    return task.endsAt - task.startsAt;
  });
}
