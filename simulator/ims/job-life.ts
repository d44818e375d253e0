import type { Random } from '../../src/shared/runtime/random.ts';
import { GIGABYTE } from '../obs/objects.ts';
import type { Duration, SimulatorOptions, When } from '../options.ts';

/** One IMS job and its images. The state is computed from the time, never stored. */
export interface Task {
  readonly jobId: string;
  readonly jobType: string;
  /** The project that it belongs to. */
  readonly owner: string;
  readonly imageIds: readonly string[];
  readonly imageNames: readonly string[];
  readonly acceptedAt: number;
  /** When it starts to run; later than acceptance if it waits for a place. */
  readonly startsAt: number;
  /** Infinity for a stuck job. */
  endsAt: number;
  readonly failure?: { readonly code: string; readonly reason: string };
}

/** A time, and the switches that decide what is visible then. */
export interface Moment {
  readonly now: number;
  readonly options: SimulatorOptions;
}

export type Phase = 'INIT' | 'RUNNING' | 'SUCCESS' | 'FAIL';

/** Share of its duration that a job stays in INIT. */
const INIT_SHARE = 0.1;
/** The duration of a stuck job, as far as INIT and progress are concerned. */
const STUCK_MS = 60_000;

export function phaseOf(task: Task, { now }: Pick<Moment, 'now'>): Phase {
  if (now >= task.endsAt) return task.failure ? 'FAIL' : 'SUCCESS';
  return now >= task.startsAt + lengthOf(task) * INIT_SHARE ? 'RUNNING' : 'INIT';
}

function lengthOf(task: Task): number {
  return task.endsAt === Number.POSITIVE_INFINITY ? STUCK_MS : task.endsAt - task.startsAt;
}

/** 0 to 0.99, in steps of a hundredth. */
export function progressOf(task: Task, now: number): number {
  const share = (now - task.startsAt) / Math.max(1, lengthOf(task));
  return Math.round(Math.min(0.99, Math.max(0, share)) * 100) / 100;
}

/** Of the import of an object of this size. */
export function drawDuration(duration: Duration, random: Random, bytes: number): number {
  if (typeof duration === 'number') return duration;
  const u = Math.max(Number.EPSILON, random.next());
  const normal = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * random.next());
  const { median, sigma, perGigabyte = 0 } = duration;
  return (median + (perGigabyte * bytes) / GIGABYTE) * Math.exp(sigma * normal);
}

export type ImageStatus = 'queued' | 'saving' | 'active' | 'killed' | 'gone';

/** queued → saving → active; a failed one is killed, or gone. */
export function taskImageStatus(task: Task, moment: Moment): ImageStatus {
  switch (phaseOf(task, moment)) {
    case 'INIT':
      return 'queued';
    case 'RUNNING':
      return 'saving';
    case 'SUCCESS':
      return 'active';
    case 'FAIL':
      return moment.options.failedLeaves === 'killed' ? 'killed' : 'gone';
  }
}

/** Whether a job has reached the phase that a switch names. */
export function hasReached(phase: Phase, when: When | 'never'): boolean {
  if (when === 'never') return false;
  if (when === 'init') return true;
  return phase !== 'INIT' && (when === 'running' || phase !== 'RUNNING');
}

/**
 * When one more task may start: with `limit` places, as soon as fewer than `limit` of the others
 * have not ended.
 */
export function startOf(now: number, ends: readonly number[], limit: number): number {
  if (ends.length < limit) return now;
  const latestFirst = ends.toSorted((a, b) => b - a);
  return Math.max(now, latestFirst[limit - 1] ?? now);
}
