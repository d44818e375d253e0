import type { Http } from '../../shared/cloud/http/http.ts';
import type { Explained } from '../../shared/cloud/http/service-error.ts';
import type { ImsClient, ImsImage, Quota, ReadAnswer } from '../../shared/cloud/ims/ims-answers.ts';
import { createReader } from '../../shared/cloud/ims/ims-reader.ts';
import { membersRead } from '../../shared/cloud/ims/members.ts';
import { describeOdds } from '../../shared/cloud/ims/read-bodies.ts';
import { refusalAdvice } from '../../shared/cloud/ims/rights.ts';
import type { Session, Sessions } from '../../shared/cloud/session/session.ts';
import { verdictOf } from '../../shared/dialect/error-catalogue.ts';
import { NEEDED, type Needed, rightAdvice } from '../../shared/dialect/rights.ts';
import { isRefusedForGood } from '../../shared/look-up/inspect-images.ts';
import { formatCount } from '../../ui/format.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';

export interface ImsChecks {
  readonly ims: ImsClient;
  readonly http: Http;
  readonly sessions: Sessions;
}

/** No such job, import or image exists: only whether IMS answers matters. */
const NO_JOB = 'ff8080820000000000000000ffffffff';
const NO_IMPORT = 'ims-ferry-doctor-looks-for-no-import-at-all';
const NO_IMAGE = 'ffffffff-0000-4000-8000-ffffffffffff';

const CREATES = `creates are not tried; they need ${NEEDED.system.right} or ${NEEDED.data.right}, and Tenant Administrator for OBS`;
const CHANGES = `changes are not tried; ${[NEEDED.copy, NEEDED.share, NEEDED.update, NEEDED.delete]
  .map(({ neededBy, right }) => `${neededBy} need ${right}`)
  .join('; ')}`;

/** Makes every call after the login as workers and commands make it, except those that change something. */
export async function* checkIms(
  { ims, http, sessions }: ImsChecks,
  { imsEndpoint }: Session,
): AsyncGenerator<Finding> {
  const listed = await ims.images({});
  yield judgeList(listed, imsEndpoint);
  // When only a right is missing, the other calls are tried as well: more rights may be missing.
  if (listed.kind !== 'ok' && !(listed.kind === 'failed' && lacksRight(listed.code))) {
    yield skipped('quota', 'IMS does not answer');
    return;
  }
  const images = listed.kind === 'ok' ? listed.value : [];
  if (listed.kind === 'ok') {
    if (listed.odd) yield warning('IMS', describeOdds(listed.odd));
    yield judgeNeeded(NEEDED.marked, await ims.images({ marker: NO_IMPORT }));
    const byId = await ims.images({ id: idOf(images) });
    if (byId.kind !== 'ok') yield judgeNeeded(NEEDED.list, byId);
  }
  yield judgeOptional(NEEDED.image, await ims.image(idOf(images)), 'Imports use the image list.');
  yield judgeNeeded(NEEDED.job, await ims.job(NO_JOB), 'See IMS_FERRY_JOB_API.');
  const reader = createReader(http, sessions);
  yield judgeOptional(NEEDED.osVersions, await reader.read(OS_VERSIONS));
  const members = await reader.read(membersRead(idOf(images)));
  yield judgeOptional(
    NEEDED.members,
    members,
    'An enterprise project does not count: grant it in the project.',
  );
  yield skipped('IMS', CREATES);
  yield skipped('IMS', CHANGES);
  yield judgeQuota(await ims.quota());
}

/** No import makes this call; it lists the valid values of `os_version`. */
const OS_VERSIONS = {
  operation: 'os_version' as const,
  path: () => '/v1/cloudimages/os_version',
  parse: (body: unknown) => (Array.isArray(body) ? body : undefined),
};

function idOf(images: readonly ImsImage[]): string {
  return images[0]?.id ?? NO_IMAGE;
}

function judgeList(answer: ReadAnswer<unknown>, endpoint: string): Finding {
  if (answer.kind === 'ok') return ok('IMS', `${endpoint} lists images`);
  const said = `${endpoint}: ${errorText(answer)}`;
  return failed('IMS', said, answer.kind === 'not-found' ? NO_IMS : listAdvice(answer));
}

const NO_IMS = 'There is no IMS at this address: check IMS_ENDPOINT and OS_REGION_NAME.';

function listAdvice(answer: Explained & { readonly throttled: boolean }): string {
  if (answer.throttled) return 'The account is throttled: wait a minute, then run it again.';
  const verdict = verdictOf(answer.code);
  if (lacksRight(answer.code)) {
    return `${rightAdvice(NEEDED.list)} If the user has rights in an enterprise project only, set IMS_FERRY_ENTERPRISE_PROJECT_ID.`;
  }
  if (verdict?.kind === 'not-sent' && verdict.cause === 'token') {
    return 'IMS rejects the tokens of this IAM: check that IMS_ENDPOINT and OS_AUTH_URL belong to the same region.';
  }
  return verdict?.advice ?? answer.advice ?? NO_IMS;
}

/** IMS or its gateway reports a missing right. */
function lacksRight(code: string): boolean {
  const verdict = verdictOf(code);
  return verdict?.kind === 'stop' && verdict.reasonOfStop === 'permission';
}

/**
 * A call that no import can do without. "Not found" counts as an answer. How a cloud reports that for a
 * job or an image is not documented everywhere, so only a missing right is a failure.
 */
function judgeNeeded(needed: Needed, answer: ReadAnswer<unknown>, hint?: string): Finding {
  if (answer.kind !== 'failed') return ok('IMS', `may ${needed.what}`);
  if (isRefusedForGood(answer.code)) {
    const said = `may not ${needed.what}: ${errorText(answer)}`;
    return failed('IMS', said, refusalAdvice(needed, answer.code));
  }
  const advice = answer.throttled ? 'The account is throttled: run it again.' : hint;
  return warning('IMS', `cannot ${needed.what}: ${errorText(answer)}`, advice ?? answer.advice);
}

/** A call that imports can do without. */
function judgeOptional(needed: Needed, answer: ReadAnswer<unknown>, instead = ''): Finding {
  const finding = judgeNeeded(needed, answer);
  if (finding.state === 'ok') return finding;
  const advice = [finding.advice ?? '', instead].filter((text) => text !== '').join(' ');
  const but = needed.neededBy === undefined ? '' : `; ${needed.neededBy} need it`;
  return warning('IMS', `${finding.said} (imports work without it${but})`, advice);
}

const NEARLY_FULL = 0.9;

function judgeQuota(answer: ReadAnswer<Quota>): Finding {
  if (answer.kind !== 'ok') {
    const isRefused = isRefusedForGood(answer.code);
    const advice = isRefused ? refusalAdvice(NEEDED.quota, answer.code) : undefined;
    return warning('quota', `cannot be read: ${errorText(answer)}`, advice);
  }
  const { used, quota } = answer.value;
  if (quota === Number.POSITIVE_INFINITY)
    return ok('quota', `${formatCount(used, 'image')}, no limit`);
  const said = `${used} of ${formatCount(quota, 'image')} used`;
  const advice = 'Delete images, or request a larger quota.';
  if (used >= quota) return failed('quota', said, advice);
  return used >= quota * NEARLY_FULL ? warning('quota', said, advice) : ok('quota', said);
}

function errorText({ code, message }: Pick<Explained, 'code' | 'message'>): string {
  return message.includes(code) ? message : `${code}: ${message}`;
}
