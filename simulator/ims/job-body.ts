import { hasReached, type Moment, type Phase, phaseOf, progressOf, type Task } from './job-life.ts';

/** The body of GET …/jobs/{id}. */
export function jobBody(task: Task, moment: Moment): object {
  const phase = phaseOf(task, moment);
  const { oldTimeFormat, emptyEndTime } = moment.options;
  const ended = phase === 'SUCCESS' || phase === 'FAIL';
  return {
    status: phase,
    job_id: task.jobId,
    job_type: task.jobType,
    begin_time: timeText(task.acceptedAt, oldTimeFormat),
    end_time: ended ? timeText(task.endsAt, oldTimeFormat) : emptyEndTime,
    error_code: phase === 'FAIL' ? (task.failure?.code ?? null) : null,
    fail_reason: phase === 'FAIL' ? (task.failure?.reason ?? null) : null,
    entities: entitiesOf(task, phase, moment),
  };
}

function entitiesOf(task: Task, phase: Phase, { now, options }: Moment): object {
  const isOva = task.jobType === 'imsImportOvaImageJob';
  const isLost = phase === 'FAIL' && options.failedLeaves === 'nothing';
  const showsId = !isOva && !isLost && hasReached(phase, options.imageIdAt);
  const progress = { process_percent: progressOf(task, now), current_task: 'ImportImageTask' };
  const isSeveral = (isOva || task.imageIds.length > 1) && phase === 'SUCCESS';
  const isData = task.jobType === 'imsImportDataImageJob';
  return {
    // IMS: the job of an OVA names its images only in its sub-jobs.
    ...(isOva ? {} : { image_name: task.imageNames[0] }),
    ...(showsId ? { [isData ? options.dataImageField : 'image_id']: task.imageIds[0] } : {}),
    ...(phase === 'RUNNING' && options.jobProgress ? progress : {}),
    ...(isSeveral ? severalImages(task, options) : {}),
  };
}

/** An OVA names its images only in sub-jobs; data disks are listed beside the system disk. */
function severalImages(task: Task, options: Moment['options']): object {
  const isOva = task.jobType === 'imsImportOvaImageJob';
  const first = isOva ? 0 : 1;
  const time = (ms: number) => timeText(ms, options.oldTimeFormat);
  const jobs = task.imageIds.map((image_id, index) => ({
    status: 'SUCCESS',
    job_id: `${task.jobId.slice(0, -2)}${String(index).padStart(2, '0')}`,
    job_type: index === 0 ? 'imsImportImageJob' : 'imsImportDataImageJob',
    begin_time: time(task.startsAt),
    end_time: time(task.endsAt),
    error_code: null,
    fail_reason: null,
    entities: { image_id, image_name: task.imageNames[index] },
  }));
  const entities = {
    sub_jobs_result: jobs.slice(first),
    sub_jobs_list: jobs.slice(first).map(({ job_id }) => job_id),
  };
  if (isOva) return entities;
  return {
    ...entities,
    results: task.imageIds.map((image_id) => ({
      image_id,
      project_id: task.owner,
      status: 'success',
    })),
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2024-11-06T06:21:08.769Z`, or the old `04-Jun-2015 18:11:06:586`. */
function timeText(ms: number, old: boolean): string {
  const iso = new Date(ms).toISOString();
  if (!old) return iso;
  const [year, month, day] = iso.slice(0, 10).split('-');
  return `${day}-${MONTHS[Number(month) - 1]}-${year} ${iso.slice(11, 19)}:${iso.slice(20, 23)}`;
}
