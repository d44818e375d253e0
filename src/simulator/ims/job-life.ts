import type { Random } from '../../shared/runtime/random.ts';
import type { Duration, SimulatorOptions } from '../options.ts';

/** One IMS job and the images it makes. State is computed from the time, never stored. */
export interface Task {
  readonly jobId: string;
  readonly jobType: string;
  readonly imageIds: readonly string[];
  readonly name: string;
  readonly acceptedAt: number;
  /** When it begins to run; later than acceptance where it waits in a queue. */
  startsAt: number;
  endsAt: number;
  readonly failure?: { readonly code: string; readonly reason: string };
}

export type Phase = 'INIT' | 'RUNNING' | 'SUCCESS' | 'FAIL';

export function phaseOf(task: Task, now: number, initShare: number): Phase {
  if (now >= task.endsAt) return task.failure ? 'FAIL' : 'SUCCESS';
  const runs = task.startsAt + (task.endsAt - task.startsAt) * initShare;
  return now >= runs ? 'RUNNING' : 'INIT';
}

/** 0 to 1, in steps of a hundredth. */
export function progressOf(task: Task, now: number): number {
  const whole = Math.max(1, task.endsAt - task.startsAt);
  const share = (now - task.startsAt) / whole;
  return Math.round(Math.min(1, Math.max(0, share)) * 100) / 100;
}

export function drawDuration(duration: Duration, random: Random): number {
  if (typeof duration === 'number') return duration;
  const u = Math.max(Number.EPSILON, random.next());
  const normal = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * random.next());
  return duration.median * Math.exp(duration.sigma * normal);
}

/** queued → saving → active; a failed one is killed, or gone. */
export function imageStatus(
  task: Task,
  now: number,
  options: Pick<SimulatorOptions, 'initShare' | 'failedLeaves'>,
): 'queued' | 'saving' | 'active' | 'killed' | 'gone' {
  switch (phaseOf(task, now, options.initShare)) {
    case 'INIT':
      return 'queued';
    case 'RUNNING':
      return 'saving';
    case 'SUCCESS':
      return 'active';
    case 'FAIL':
      return options.failedLeaves === 'killed' ? 'killed' : 'gone';
  }
}

/** The body of GET …/jobs/{id}. */
export function jobBody(task: Task, now: number, options: SimulatorOptions): object {
  const phase = phaseOf(task, now, options.initShare);
  const ended = phase === 'SUCCESS' || phase === 'FAIL';
  const [imageId, ...others] = task.imageIds;
  const order = { init: 0, running: 1, end: 2 };
  const reached = phase === 'INIT' ? 0 : phase === 'RUNNING' ? 1 : 2;
  const showsId = reached >= order[options.imageIdAt] && !(phase === 'FAIL' && others.length > 0);
  const sub_jobs_result = others.map((other) => ({
    status: phase,
    job_id: `${task.jobId.slice(0, -4)}sub0`,
    job_type: 'imsImportDataImageJob',
    entities: { image_id: other, image_name: task.name },
  }));
  return {
    status: phase,
    job_id: task.jobId,
    job_type: task.jobType,
    begin_time: timeText(task.startsAt, options.oldTimeFormat),
    end_time: ended ? timeText(task.endsAt, options.oldTimeFormat) : options.emptyEndTime,
    error_code: phase === 'FAIL' ? (task.failure?.code ?? null) : null,
    fail_reason: phase === 'FAIL' ? (task.failure?.reason ?? null) : null,
    entities: {
      image_name: task.name,
      ...(showsId ? { image_id: imageId } : {}),
      ...(phase === 'RUNNING'
        ? { process_percent: progressOf(task, now), current_task: 'ImportImageTask' }
        : {}),
      ...(others.length > 0 && phase === 'SUCCESS' ? { sub_jobs_result } : {}),
    },
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2024-11-06T06:21:08.769Z`, or the old `04-Jun-2015 18:11:06:586`. */
export function timeText(ms: number, old: boolean): string {
  const iso = new Date(ms).toISOString();
  if (!old) return iso;
  const [year, month, day] = iso.slice(0, 10).split('-');
  return `${day}-${MONTHS[Number(month) - 1]}-${year} ${iso.slice(11, 19)}:${iso.slice(20, 23)}`;
}
