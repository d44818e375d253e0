import { CREATE_FAULTS } from '../faults/create-faults.ts';
import { answerOf } from '../faults/symptoms.ts';
import type { Answer, Call, Route } from '../server/context.ts';
import { imsError } from '../server/errors.ts';
import { projectIdOf } from '../server/project.ts';
import { isFields } from '../settings.ts';
import { CREATE_PATHS, type Create } from './accepted-log.ts';
import { type Api, EMPTY_BODY, MALFORMED } from './refusal.ts';
import { FORBIDDEN } from './source-rules.ts';

const route = (api: Api): Route => ({
  method: 'POST',
  path: CREATE_PATHS[api],
  name: `create ${api}`,
  secured: 'project',
  handle: (call) => create(api, call),
});

export const CREATE_ROUTES: readonly Route[] = [route('system'), route('data'), route('quick')];

function create(api: Api, call: Call): Answer {
  const { stats, options, createDice } = call.world;
  stats.posts += 1;
  const fault = createDice.draw(options.createFaults);
  if (fault === undefined) return submit(api, call, false);
  stats.faults[fault] = (stats.faults[fault] ?? 0) + 1;
  const { effect, symptom } = CREATE_FAULTS[fault];
  if (effect === 'late') postpone(api, call);
  if (effect === 'accepted') {
    const answer = submit(api, call, true);
    // Nothing was accepted: then the refusal is what the client gets, save where it gets nothing.
    const isRefused = typeof answer !== 'string' && answer.status !== 200;
    if (isRefused && symptom !== 'drop' && symptom !== 'hang') return answer;
  }
  return answerOf(symptom, call);
}

function submit(api: Api, call: Call, late: boolean): Answer {
  const { cloud, options } = call.world;
  const { body, bodyKind } = call;
  if (options.permissionDenied) {
    return imsError(FORBIDDEN.code, FORBIDDEN.message, options.permissionStatus);
  }
  if (bodyKind === 'none') return imsError(EMPTY_BODY.code, EMPTY_BODY.message);
  if (!isFields(body)) return imsError(MALFORMED.code, MALFORMED.message);
  const outcome = cloud.admit({ api, body, projectId: projectIdOf(call) }, options, late);
  return 'code' in outcome
    ? imsError(outcome.code, outcome.message, statusOf(outcome.code, options.permissionStatus))
    : { status: 200, json: { job_id: outcome.jobId } };
}

/** IMS: every code of its own comes with 400, but IMG.0026 with 403 on OTC. */
function statusOf(code: string, permissionStatus: number): number {
  return code === FORBIDDEN.code ? permissionStatus : 400;
}

/** Taken at the first request after its time, and by a timer for the log file's sake. */
function postpone(api: Api, call: Call): void {
  const { clock, cloud, closing, options, keep } = call.world;
  if (!isFields(call.body)) return;
  const create: Create = { api, body: call.body, projectId: projectIdOf(call) };
  const arrival = cloud.postpone(create, clock.now() + options.createFaults.lateMs);
  clock
    .sleep(options.createFaults.lateMs, closing)
    .then(() => {
      if (closing.aborted) return;
      cloud.takeArrival(arrival, call.world.options);
      return keep();
    })
    .catch(() => undefined);
}
