import { NEEDED, rightAdvice } from '../../shared/cloud/ims/rights.ts';
import type { ObsClient } from '../../shared/cloud/obs/obs-answers.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';

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

/** The calls of patterns and source checks: listing the bucket, and HEAD of an object. */
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
  const head = await obs.head(bucket, objects[0]?.key ?? NO_OBJECT);
  if (head.kind === 'forbidden') {
    const said = `may not read objects of bucket ${bucket}: ${head.message}`;
    yield failed('OBS', said, bucketAdvice('object'));
  } else if (head.kind === 'found' || head.kind === 'missing') {
    yield ok('OBS', `objects of bucket ${bucket} can be read`);
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
