import { networkAdvice } from '../../shared/cloud/http/network-advice.ts';
import { NO_ENDPOINT, unreadText } from '../../shared/cloud/iam/find-endpoint.ts';
import { whoOf } from '../../shared/cloud/iam/refusal.ts';
import type { Session } from '../../shared/cloud/ims/ims-answers.ts';
import type { CloudConfig } from '../../shared/config/cloud/cloud-config.ts';
import { CloudError, FerryError, RedisError } from '../../shared/errors/errors.ts';
import { refusedCommand } from '../../shared/redis/refused-command.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
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

const AFTER_LOGIN: readonly Area[] = ['IMS', 'quota'];
const CHECK_MS = 10_000;

/** IAM, the clock, the login, the catalog, IMS and the quota, one after the other. */
export async function* examineCloud(checks: CloudChecks): AsyncGenerator<Finding> {
  const isReached = yield* reachIam(checks);
  if (!isReached) {
    yield* skipAll(['clock', 'login', 'catalog', ...AFTER_LOGIN], 'IAM cannot be reached');
    return;
  }
  const session = yield* logIn(checks);
  if (session) yield* checkIms(checks, session);
  else yield* skipAll(AFTER_LOGIN, 'an earlier check failed');
}

async function* skipAll(areas: readonly Area[], why: string): AsyncGenerator<Finding> {
  for (const area of areas) yield skipped(area, why);
}

/** Without a login: the address, the network, TLS, and the clock by the Date header. */
async function* reachIam(checks: CloudChecks): AsyncGenerator<Finding, boolean> {
  const { http, cloud, clock, isSigning } = checks;
  const before = clock.now();
  const result = await http.request({ method: 'GET', url: cloud.authUrl, timeoutMs: CHECK_MS });
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
    const error = refusedCommand(thrown) ?? thrown;
    if (!(error instanceof FerryError)) throw error;
    yield* explainFailure(error, who);
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
