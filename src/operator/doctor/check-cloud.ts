import { networkAdvice } from '../../shared/cloud/http/failure.ts';
import { whoOf } from '../../shared/cloud/iam/iam-call.ts';
import { NO_ENDPOINT, unreadText } from '../../shared/cloud/iam/login-answer.ts';
import type { ObsClient } from '../../shared/cloud/obs/obs-client.ts';
import type { Session } from '../../shared/cloud/session/session.ts';
import type { CloudConfig } from '../../shared/config/cloud/cloud-config.ts';
import { NEEDED, rightAdvice } from '../../shared/dialect/rights.ts';
import { CloudError, type FerryError, RedisError } from '../../shared/errors/errors.ts';
import { shownError } from '../../shared/redis/refusals.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { examineServers } from './check-ecs.ts';
import { examineFiles } from './check-files.ts';
import { checkIms, type ImsChecks } from './check-ims.ts';
import { type Area, type Finding, failed, ok, skipped, warning } from './finding.ts';

export interface CloudChecks extends ImsChecks {
  readonly cloud: CloudConfig;
  /** This machine's own clock, uncorrected: doctor looks for its error. */
  readonly clock: Clock;
  /** True when any request is signed with AK/SK: signatures need a correct clock. */
  readonly isSigning: boolean;
  /** @throws LedgerMismatchError when the ledger belongs to another project, or the project to another ledger */
  readonly checkBound?: (session: Session) => Promise<void>;
}

const AFTER_LOGIN: readonly Area[] = ['IMS', 'quota', 'ECS'];
const CHECK_MS = 10_000;

/** IAM, the clock, the login, the catalog, IMS, the quota and ECS, one after the other. */
export async function* examineCloud(checks: CloudChecks): AsyncGenerator<Finding> {
  const isReached = yield* reachIam(checks);
  if (!isReached) {
    yield* skipAll(['clock', 'login', 'catalog', ...AFTER_LOGIN], 'IAM cannot be reached');
    return;
  }
  const session = yield* logIn(checks);
  if (session) {
    yield* checkIms(checks, session);
    yield await examineServers(checks);
  } else yield* skipAll(AFTER_LOGIN, 'an earlier check failed');
}

async function* skipAll(areas: readonly Area[], why: string): AsyncGenerator<Finding> {
  for (const area of areas) yield skipped(area, why);
}

/** Without a login: the address, the network, TLS, and the clock by the Date header. */
async function* reachIam(checks: CloudChecks): AsyncGenerator<Finding, boolean> {
  const { http, cloud, clock, isSigning } = checks;
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
  if (result.serverTime === undefined) yield skipped('clock', 'IAM sends no Date header');
  else {
    const middle = (before + clock.now()) / 2;
    // The Date header has whole seconds.
    yield judgeClock(middle - (result.serverTime + 500), isSigning);
  }
  return true;
}

const MINUTE_MS = 60_000;
/** Huawei, OBS: a signature is valid for 15 minutes. */
const SIGNATURE_MS = 15 * MINUTE_MS;

function judgeClock(aheadMs: number, isSigning: boolean): Finding {
  const off = Math.abs(aheadMs);
  if (off < 2000) return ok('clock', 'agrees with the cloud');
  const said = `this machine is ${describeMs(off)} ${aheadMs > 0 ? 'ahead of' : 'behind'} the cloud`;
  const advice = 'Set the clock of this machine (NTP).';
  if (off < MINUTE_MS) return ok('clock', said);
  if (off >= SIGNATURE_MS && isSigning) {
    return failed('clock', `${said}: AK/SK signatures are refused from 15 minutes on`, advice);
  }
  return warning('clock', said, advice);
}

function describeMs(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  return minutes < 2 ? `${Math.round(ms / 1000)} s` : `${minutes} min`;
}

async function* logIn(checks: CloudChecks): AsyncGenerator<Finding, Session | undefined> {
  const { cloud, sessions } = checks;
  const who = whoOf(cloud);
  try {
    const session = await sessions.get();
    yield ok('login', `${who}, project ${session.projectId}`);
    const from = cloud.imsEndpoint === undefined ? '' : ' (set with IMS_ENDPOINT)';
    const { imsEndpoint, unread } = session;
    const but = unread === undefined ? '' : `; ${unreadText(unread)}`;
    yield ok('catalog', `IMS is at ${imsEndpoint}${from}${but}`);
    await checks.checkBound?.(session);
    return session;
  } catch (thrown) {
    yield* explainFailure(shownError(thrown), who);
    return undefined;
  }
}

async function* explainFailure(error: FerryError, who: string): AsyncGenerator<Finding> {
  // A catalog without IMS is noticed only after the login has succeeded.
  if (error instanceof CloudError && error.serviceCode === NO_ENDPOINT) {
    yield ok('login', who);
    yield failed('catalog', error.message, error.advice);
    return;
  }
  if (error instanceof RedisError) {
    yield* skipAll(['login', 'catalog'], 'Redis does not accept writes');
    return;
  }
  const area = error.code === 'LEDGER_MISMATCH' ? 'ledger' : 'login';
  yield failed(area, error.message, error.advice);
  if (area === 'login') yield skipped('catalog', 'there is no login');
}

/** Needed for patterns and checks of source objects only: IMS reads the files itself. */
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
  if (answer.kind === 'ok') yield ok('OBS', 'the keys are valid');
  else if (answer.kind === 'forbidden') {
    yield warning('OBS', 'the keys are valid, but may not list buckets; try --bucket');
  } else yield obsFault(answer, '');
}

/** The calls of patterns and source checks: listing the bucket, HEAD of an object, and reading headers. */
async function* examineBucket(obs: ObsClient, bucket: string): AsyncGenerator<Finding> {
  const listed = await obs.list(bucket, '');
  if (listed.kind !== 'ok') {
    yield listed.kind === 'forbidden'
      ? failed('OBS', `may not list bucket ${bucket}: ${listed.message}`, bucketAdvice('bucket'))
      : obsFault(listed, bucket);
    return;
  }
  const { objects, unread } = listed;
  const but =
    unread === undefined ? '' : `; objects of its first page that cannot be read: ${unread}`;
  yield ok('OBS', `bucket ${bucket} can be listed${but}`);
  const head = await obs.head(bucket, objects[0]?.key ?? NO_OBJECT);
  if (head.kind === 'forbidden') {
    const said = `may not read objects of bucket ${bucket}: ${head.message}`;
    yield failed('OBS', said, bucketAdvice('object'));
  } else if (head.kind === 'found' || head.kind === 'missing') {
    yield ok('OBS', `objects of bucket ${bucket} can be read`);
    yield* examineFiles(obs, bucket, objects);
  } else yield obsFault(head, bucket);
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
const BUCKET_ADVICE = 'IMS reads only buckets in its own region that the account may read.';
