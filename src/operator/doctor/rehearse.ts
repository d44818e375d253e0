import type { Explained } from '../../shared/cloud/http/service-error.ts';
import type { ImsClient, ImsImage, ReadAnswer } from '../../shared/cloud/ims/ims-answers.ts';
import { describeOdds } from '../../shared/cloud/ims/read-bodies.ts';
import { NEEDED, type Needed, refusalAdvice } from '../../shared/cloud/ims/rights.ts';
import type { Session } from '../../shared/cloud/session/session.ts';
import { isRefusedForGood } from '../../shared/look-up/inspect-images.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';
import { judgeList, judgeQuota, lacksRight } from './judge-cloud.ts';

export interface Rehearsal {
  readonly ims: ImsClient;
  /** No import makes this call; it tells what `os_version` may be. */
  readonly osVersions?: () => Promise<ReadAnswer<unknown>>;
}

/** Of no job, of no import and of no image: only that it answers. */
const NO_JOB = 'ff8080820000000000000000ffffffff';
const NO_IMPORT = 'ims-ferry-doctor-looks-for-no-import-at-all';
const NO_IMAGE = 'ffffffff-0000-4000-8000-ffffffffffff';

/** Every call that an import makes after its login, as the workers make it, but for the create. */
export async function* rehearse(
  { ims, osVersions }: Rehearsal,
  { imsEndpoint }: Session,
): AsyncGenerator<Finding> {
  const listed = await ims.images({});
  const list = judgeList(listed, imsEndpoint);
  yield list;
  // A right that is missing says nothing of the other calls: more than one may be missing.
  if (listed.kind !== 'ok' && !(listed.kind === 'failed' && lacksRight(listed.code))) {
    yield skipped('quota', 'IMS does not answer');
    return;
  }
  if (listed.kind === 'ok') {
    if (listed.odd) yield warning('IMS', describeOdds(listed.odd));
    yield judgeNeeded(NEEDED.marked, await ims.images({ marker: NO_IMPORT }));
    yield* listById(ims, listed.value);
  }
  const some = listed.kind === 'ok' ? listed.value : [];
  yield judgeUseful(NEEDED.image, await ims.image(idOf(some)), 'Imports go by the list.');
  yield judgeNeeded(NEEDED.job, await ims.job(NO_JOB), 'See IMS_FERRY_JOB_API.');
  if (osVersions) yield judgeUseful(NEEDED.osVersions, await osVersions());
  yield skipped('IMS', CREATES);
  yield judgeQuota(await ims.quota());
}

const CREATES =
  'creates are not tried; they need ims:serverImages:create or ims:dataImages:create, and Tenant Administrator for OBS';

async function* listById(ims: ImsClient, listed: readonly ImsImage[]): AsyncGenerator<Finding> {
  const byList = await ims.images({ id: idOf(listed) });
  if (byList.kind !== 'ok') yield judgeNeeded(NEEDED.list, byList);
}

function idOf(listed: readonly ImsImage[]): string {
  return listed[0]?.id ?? NO_IMAGE;
}

/**
 * Without it no import is brought to its end. That nothing was found is an answer; how a cloud says so of a
 * job or an image is not documented everywhere, so only a missing right is a fault.
 */
function judgeNeeded(needed: Needed, answer: ReadAnswer<unknown>, more = ''): Finding {
  if (answer.kind !== 'failed') return ok('IMS', `may ${needed.what}`);
  if (isRefusedForGood(answer.code))
    return failed('IMS', refusal(needed, answer), refusalAdvice(needed, answer.code));
  const advice = answer.throttled ? 'The account is throttled now: run it again.' : more;
  return warning('IMS', `cannot ${needed.what}: ${wordsOf(answer)}`, advice || answer.advice);
}

/** Imports can do without it. */
function judgeUseful(needed: Needed, answer: ReadAnswer<unknown>, without = ''): Finding {
  const finding = judgeNeeded(needed, answer);
  if (finding.state === 'ok') return finding;
  const advice = [finding.advice ?? '', without].filter((text) => text !== '').join(' ');
  return warning('IMS', `${finding.said} (imports can do without)`, advice);
}

function refusal({ what }: Needed, answer: Explained): string {
  return `may not ${what}: ${wordsOf(answer)}`;
}

function wordsOf({ code, message }: Explained): string {
  return message.includes(code) ? message : `${code}: ${message}`;
}
