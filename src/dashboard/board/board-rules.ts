/** A route of Bull Board's API, as it names it. */
export interface BoardRoute {
  readonly method: string;
  readonly route: string;
}

const QUEUE = '/api/queues/:queueName';

/**
 * What may be pressed: it can start a queue job sooner, or take it away until the ledger's sweeper
 * adds it again. What is not named here is refused, so also what a newer Bull Board brings.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  `${QUEUE}/retry/:queueStatus`,
  `${QUEUE}/:jobId/retry`,
  `${QUEUE}/promote`,
  `${QUEUE}/:jobId/promote`,
  `${QUEUE}/clean/:queueStatus`,
  `${QUEUE}/:jobId/clean`,
  `${QUEUE}/empty`,
  `${QUEUE}/resume`,
  '/api/queues/resume',
]);

/** Why a button of the board is refused; `undefined` when it may be pressed. */
export function refusalOf({ method, route }: BoardRoute): string | undefined {
  if (method === 'get') return undefined;
  if (method === 'put' && HARMLESS.has(route)) return undefined;
  if (route.endsWith('/pause')) {
    return 'Pause a batch on its own page: a queue that stands is seen nowhere else.';
  }
  if (/\/(concurrency|rate-limit|rate-limit\/release)$/.test(route)) {
    return 'Limits are settings of the workers: IMS_FERRY_MAX_IN_FLIGHT, IMS_FERRY_SUBMIT_RATE.';
  }
  return 'Queue jobs are made by ims-ferry from its ledger; they are not added or edited here.';
}
