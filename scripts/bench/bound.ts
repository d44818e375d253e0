import { createWorld } from '../../simulator/server/world.ts';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { orderAt } from '../soak/orders.ts';

/** Milliseconds until the last of these ends, where each takes the place that is free first. */
export function listSchedule(durationsMs: readonly number[], places: number): number {
  const freeAt = Array.from({ length: places }, () => 0);
  let last = 0;
  for (const duration of durationsMs) {
    const earliest = freeAt.indexOf(Math.min(...freeAt));
    const end = (freeAt[earliest] ?? 0) + duration;
    freeAt[earliest] = end;
    last = Math.max(last, end);
  }
  return last;
}

/** One import at work in IMS: when it was accepted and when it ended, in milliseconds. */
export interface Work {
  readonly from: number;
  readonly to: number;
}

/** How long each place that became free stayed empty until the next import took it. */
export function emptyPlaces(work: readonly Work[], places: number): readonly number[] {
  const ends = work.map(({ to }) => to).toSorted((a, b) => a - b);
  const starts = work.map(({ from }) => from).toSorted((a, b) => a - b);
  return starts.slice(places).map((start, index) => start - (ends[index] ?? start));
}

/**
 * How long the first, second, … accepted import takes, in milliseconds: the simulator draws durations
 * in the order of acceptance, so every contender with the same seed gets the same ones.
 */
export function drawnDurations(settings: SimulatorSettings, images: number): readonly number[] {
  const unlimited = { ...settings, taskLimit: Number.MAX_SAFE_INTEGER };
  const { cloud, options } = createWorld(unlimited, systemClock, new AbortController().signal);
  return Array.from({ length: images }, (_, index) => {
    const { name, image_url } = orderAt(index);
    const body = { name, image_url, min_disk: 40 };
    const { projectId } = options;
    const task = cloud.admit(
      { api: 'system', path: '/v2/cloudimages/action', body, projectId },
      options,
      false,
    );
    if ('code' in task) throw new Error(`the simulator refused: ${task.message}`);
    return task.endsAt - task.startsAt;
  });
}
