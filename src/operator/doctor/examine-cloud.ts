import type { Http } from '../../shared/cloud/http/http.ts';
import { networkAdvice } from '../../shared/cloud/http/network-advice.ts';
import { NO_ENDPOINT, unreadText } from '../../shared/cloud/iam/find-endpoint.ts';
import { whoOf } from '../../shared/cloud/iam/refusal.ts';
import type { ImsClient, Session, Sessions } from '../../shared/cloud/ims/ims-answers.ts';
import type { ObsClient } from '../../shared/cloud/obs/obs-answers.ts';
import type { CloudConfig } from '../../shared/config/config.ts';
import { CloudError, FerryError, RedisError } from '../../shared/errors/errors.ts';
import { refusedCommand } from '../../shared/redis/refused-command.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { type Area, type Finding, failed, ok, skipped, warning } from './finding.ts';
import { judgeClock, judgeJobs, judgeList, judgeQuota, signs } from './judge-cloud.ts';

export interface CloudPatient {
  readonly cloud: CloudConfig;
  readonly http: Http;
  readonly sessions: Sessions;
  readonly ims: ImsClient;
  /** Not corrected by anybody: its own faults are looked for. */
  readonly clock: Clock;
  readonly obs?: ObsClient;
  /** @throws LedgerMismatchError when the ledger belongs to another project, or the project to another ledger */
  readonly checkBound?: (session: Session) => Promise<void>;
}

const AFTER_LOGIN: readonly Area[] = ['IMS', 'quota'];
const CHECK_MS = 10_000;

/** IAM, the clock, the login, the catalog, IMS and the quota, one after the other. */
export async function* examineCloud(patient: CloudPatient): AsyncGenerator<Finding> {
  const reached = yield* reachIam(patient);
  if (!reached) {
    yield* skipAll(['clock', 'login', 'catalog', ...AFTER_LOGIN], 'IAM is not reached');
    return;
  }
  const session = yield* logIn(patient);
  if (!session) {
    yield* skipAll(AFTER_LOGIN, 'what comes before has failed');
    return;
  }
  yield* examineIms(patient, session);
}

async function* skipAll(areas: readonly Area[], why: string): AsyncGenerator<Finding> {
  for (const area of areas) yield skipped(area, why);
}

/** Without any login: the address, the way there, TLS, and the clock by its Date. */
async function* reachIam(patient: CloudPatient): AsyncGenerator<Finding, boolean> {
  const { http, cloud, clock } = patient;
  const before = clock.now();
  const result = await http.request({ method: 'GET', url: cloud.authUrl, timeoutMs: CHECK_MS });
  if (result.kind !== 'answer') {
    yield failed('IAM', `cannot be reached: ${result.message}`, networkAdvice(result.code));
    return false;
  }
  yield ok('IAM', `${cloud.authUrl} answers`);
  if (result.serverTime === undefined) yield skipped('clock', 'IAM tells no time');
  else {
    const middle = (before + clock.now()) / 2;
    // The cloud's Date has whole seconds.
    const aheadMs = middle - (result.serverTime + 500);
    yield judgeClock(aheadMs, signs(cloud.credential) || patient.obs !== undefined);
  }
  return true;
}

async function* logIn(patient: CloudPatient): AsyncGenerator<Finding, Session | undefined> {
  const { cloud, sessions } = patient;
  const who = whoOf(cloud);
  try {
    const session = await sessions.get();
    yield ok('login', `${who}, project ${session.projectId}`);
    const from = cloud.imsEndpoint === undefined ? '' : ' (as IMS_ENDPOINT says)';
    const { imsEndpoint, unread } = session;
    const but = unread === undefined ? '' : `; ${unreadText(unread)}`;
    yield ok('catalog', `IMS is at ${imsEndpoint}${from}${but}`);
    await patient.checkBound?.(session);
    return session;
  } catch (thrown) {
    const error = refusedCommand(thrown) ?? thrown;
    if (!(error instanceof FerryError)) throw error;
    yield* whyNot(error, who);
    return undefined;
  }
}

/** A catalog without IMS is found out when the login has been made. */
async function* whyNot(error: FerryError, who: string): AsyncGenerator<Finding> {
  if (error instanceof CloudError && error.serviceCode === NO_ENDPOINT) {
    yield ok('login', who);
    yield failed('catalog', error.message, error.advice);
    return;
  }
  if (error instanceof RedisError) {
    yield* skipAll(['login', 'catalog'], 'Redis does not do what it is told');
    return;
  }
  const area = error.code === 'LEDGER_MISMATCH' ? 'ledger' : 'login';
  yield failed(area, error.message, error.advice);
  if (area === 'login') yield skipped('catalog', 'there is no login');
}

/** Of no image, and of no job: only that it answers. */
const NO_NAME = 'ims-ferry doctor looks for nothing';
const NO_JOB = 'ff8080820000000000000000ffffffff';

async function* examineIms(patient: CloudPatient, session: Session): AsyncGenerator<Finding> {
  const { ims } = patient;
  const list = judgeList(await ims.images({ name: NO_NAME }), session.imsEndpoint);
  yield list;
  if (list.state !== 'ok') {
    yield skipped('quota', 'IMS does not answer');
    return;
  }
  const jobs = judgeJobs(await ims.job(NO_JOB));
  if (jobs) yield jobs;
  yield judgeQuota(await ims.quota());
}

/** OBS is for looking at objects and for patterns; IMS reads the files by itself. */
export async function* examineObs(
  obs: ObsClient | undefined,
  bucket: string | undefined,
): AsyncGenerator<Finding> {
  if (!obs) {
    yield skipped('OBS', 'no OS_ACCESS_KEY: not needed to import, only for patterns and checks');
    return;
  }
  const answer = bucket === undefined ? await obs.buckets() : await obs.list(bucket, '');
  const what = bucket === undefined ? 'the keys are good' : `bucket ${bucket} can be listed`;
  const unread = 'unread' in answer ? answer.unread : undefined;
  const but = unread === undefined ? '' : `; ${unread} objects of its first page cannot be read`;
  if (answer.kind === 'ok') yield ok('OBS', `${what}${but}`);
  else if (answer.kind === 'failed') yield failed('OBS', answer.message, OBS_ADVICE);
  else if (answer.kind === 'missing') yield failed('OBS', `there is no bucket ${bucket ?? ''}`);
  else if (bucket === undefined && answer.kind === 'forbidden') {
    yield warning('OBS', 'the keys are good, but may not list buckets; try --bucket');
  } else yield failed('OBS', answer.message, BUCKET_ADVICE);
}

const OBS_ADVICE = 'Check OS_ACCESS_KEY, OS_SECRET_KEY and OBS_ENDPOINT.';
const BUCKET_ADVICE = 'IMS reads only from buckets of its own region that the account may read.';
