import { CREATE_FAULTS } from '../faults/faults.ts';
import { answerOf } from '../faults/symptoms.ts';
import { asCoded, statusOfIms } from '../server/coded-answer.ts';
import { type Answer, type Call, projectIdOf, type Route } from '../server/context.ts';
import { splitEndpoint } from '../server/endpoint.ts';
import { imsError } from '../server/errors.ts';
import { isFields } from '../settings.ts';
import { CREATE_PATHS, type Create } from './accepted-log.ts';
import { type Api, EMPTY_BODY, MALFORMED } from './refusal.ts';
import { refusedTo } from './refused-to.ts';

const routes = (api: Api): readonly Route[] =>
  CREATE_PATHS[api].map((path) => ({
    method: 'POST',
    path,
    name: `create ${api}`,
    secured: 'project',
    handle: (call) => create(api, call),
  }));

export const CREATE_ROUTES: readonly Route[] = [
  ...routes('system'),
  ...routes('data'),
  ...routes('quick'),
  ...routes('copy'),
];

function create(api: Api, call: Call): Answer {
  const { stats, options, createDice } = call.world;
  stats.posts += 1;
  const fault = createDice.draw(options.createFaults);
  if (fault === undefined) return submit(api, call, false);
  stats.faults[fault] = (stats.faults[fault] ?? 0) + 1;
  const { effect, symptom } = CREATE_FAULTS[fault];
  if (effect === 'late' && !refusedTo(call, `create ${api}`)) postpone(api, call);
  if (effect === 'accepted') {
    const answer = submit(api, call, true);
    // Nothing was accepted: the client gets the refusal, unless the fault leaves it without an answer.
    const isRefused = typeof answer !== 'string' && answer.status !== 200;
    if (isRefused && symptom !== 'drop' && symptom !== 'hang') return answer;
  }
  return answerOf(symptom, call);
}

function submit(api: Api, call: Call, late: boolean): Answer {
  const { cloud, options } = call.world;
  const { body, bodyKind } = call;
  const refused = refusedTo(call, `create ${api}`);
  const answer = options.answers[`create ${api}`];
  const isAccepted = answer !== undefined && asCoded(answer).accepted === true;
  if (refused && !isAccepted) return refused;
  if (bodyKind === 'none') return imsError(EMPTY_BODY.code, EMPTY_BODY.message);
  if (!isFields(body)) return imsError(MALFORMED.code, MALFORMED.message);
  const create = { api, path: pathOf(call), body, projectId: projectIdOf(call) };
  const outcome = cloud.admit(create, options, late || isAccepted);
  if ('code' in outcome) {
    return imsError(outcome.code, outcome.message, statusOfIms(call, outcome.code));
  }
  return refused ?? { status: 200, json: { job_id: outcome.jobId } };
}

/** Accepted at the first request after its time, or by a timer, so that the log file is complete. */
function postpone(api: Api, call: Call): void {
  const { clock, cloud, closing, options, keep } = call.world;
  if (!isFields(call.body)) return;
  const { body } = call;
  const create: Create = { api, path: pathOf(call), body, projectId: projectIdOf(call) };
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

function pathOf({ url, world }: Call): string {
  return splitEndpoint(url.pathname, world.options).path;
}
