import { networkAdvice } from '../../shared/cloud/http/failure.ts';
import type { Http } from '../../shared/cloud/http/http.ts';
import { whoOf } from '../../shared/cloud/iam/iam-call.ts';
import { NO_ENDPOINT, unreadText } from '../../shared/cloud/iam/login-answer.ts';
import { NEEDED, rightAdvice } from '../../shared/cloud/ims/rights.ts';
import type { ObsClient } from '../../shared/cloud/obs/obs-client.ts';
import type { Session, Sessions } from '../../shared/cloud/session/session.ts';
import type { CloudConfig } from '../../shared/config/config.ts';
import { CloudError, FerryError, RedisError } from '../../shared/errors/errors.ts';
import { refusedCommand } from '../../shared/redis/refused-command.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { type Area, type Finding, failed, ok, skipped, warning } from './finding.ts';
import { judgeClock, signs } from './judge-cloud.ts';
import { type Rehearsal, rehearse } from './rehearse.ts';

export interface CloudPatient extends Rehearsal {
  readonly cloud: CloudConfig;
  readonly http: Http;
  readonly sessions: Sessions;
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
  yield* rehearse(patient, session);
}

async function* skipAll(areas: readonly Area[], why: string): AsyncGenerator<Finding> {
  for (const area of areas) yield skipped(area, why);
}

/** Without any login: the address, the way there, TLS, and the clock by its Date. */
async function* reachIam(patient: CloudPatient): AsyncGenerator<Finding, boolean> {
  const { http, cloud, clock } = patient;
  const before = clock.now();
  const result = await http.request({
    service: 'iam',
    operation: 'reach',
    method: 'GET',
    url: cloud.authUrl,
    timeoutMs: CHECK_MS,
  });
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

/** OBS is for looking at objects and for patterns; IMS reads the files by itself. */
export async function* examineObs(
  obs: ObsClient | undefined,
  bucket: string | undefined,
): AsyncGenerator<Finding> {
  if (!obs) {
    yield skipped('OBS', 'no OS_ACCESS_KEY: not needed to import, only for patterns and checks');
    return;
  }
  if (bucket !== undefined) {
    yield* examineBucket(obs, bucket);
    return;
  }
  const answer = await obs.buckets();
  if (answer.kind === 'ok') yield ok('OBS', 'the keys are good');
  else if (answer.kind === 'forbidden') {
    yield warning('OBS', 'the keys are good, but may not list buckets; try --bucket');
  } else yield obsFault(answer, '');
}

/** As patterns and the look at source objects do: its list, and HEAD of an object. */
async function* examineBucket(obs: ObsClient, bucket: string): AsyncGenerator<Finding> {
  const listed = await obs.list(bucket, '');
  if (listed.kind !== 'ok') {
    yield listed.kind === 'forbidden'
      ? failed('OBS', `may not list bucket ${bucket}: ${listed.message}`, bucketAdvice('bucket'))
      : obsFault(listed, bucket);
    return;
  }
  const { objects, unread } = listed;
  const but = unread === undefined ? '' : `; ${unread} objects of its first page cannot be read`;
  yield ok('OBS', `bucket ${bucket} can be listed${but}`);
  const looked = await obs.head(bucket, objects[0]?.key ?? NO_OBJECT);
  if (looked.kind === 'forbidden') {
    const said = `may not look at objects of bucket ${bucket}: ${looked.message}`;
    yield failed('OBS', said, bucketAdvice('object'));
  } else if (looked.kind === 'found' || looked.kind === 'missing') {
    yield ok('OBS', `objects of bucket ${bucket} can be looked at`);
  } else yield obsFault(looked, bucket);
}

const NO_OBJECT = 'ims-ferry-doctor-looks-for-no-object';

type ObsFault = Exclude<Awaited<ReturnType<ObsClient['buckets']>>, { kind: 'ok' }>;

function obsFault(answer: ObsFault, bucket: string): Finding {
  if (answer.kind === 'failed') return failed('OBS', answer.message, OBS_ADVICE);
  if (answer.kind === 'missing') return failed('OBS', `there is no bucket ${bucket}`);
  return failed('OBS', answer.message, BUCKET_ADVICE);
}

function bucketAdvice(needed: 'bucket' | 'object'): string {
  return `${rightAdvice(NEEDED[needed])} ${BUCKET_ADVICE}`;
}

const OBS_ADVICE = 'Check OS_ACCESS_KEY, OS_SECRET_KEY and OBS_ENDPOINT.';
const BUCKET_ADVICE = 'IMS reads only from buckets of its own region that the account may read.';
