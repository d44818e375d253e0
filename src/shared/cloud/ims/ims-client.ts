import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import type { Http } from '../http/http.ts';
import { CHALLENGE_HEADER } from '../http/service-error.ts';
import { isCloudId } from '../http/url-part.ts';
import type { Session, Sessions } from '../session/session.ts';
import { createCall } from './create-call.ts';
import { badId, type ImsClient, type ImsJob, type ReadAnswer } from './ims-answers.ts';
import { createReader, type Reader } from './ims-reader.ts';
import { listImages } from './list-images.ts';
import { toImage, toImsJob, toQuota } from './read-bodies.ts';
import { sortSubmitAnswer } from './sort-submit-answer.ts';

interface ImsClientOptions {
  readonly http: Http;
  readonly sessions: Sessions;
  /** Which path to read a job by first; the other one is tried where it does not exist. */
  readonly jobApi: CloudConfig['jobApi'];
  /** Whose images are listed, and where images are created that name none. */
  readonly enterpriseProjectId?: string;
}

export function createImsClient(options: ImsClientOptions): ImsClient {
  const { http, sessions, jobApi, enterpriseProjectId } = options;
  const reader = createReader(http, sessions);
  const readJob = createJobReader(reader, jobApi);
  return {
    submit: async ({ session, timeoutMs, beforeSend, ...create }) => {
      const { path, body } = createCall(create, enterpriseProjectId);
      const call = { method: 'POST', url: `${session.imsEndpoint}${path}`, json: body } as const;
      const answer = await http.request({
        ...{ ...call, service: 'ims', operation: 'submit', keep: [CHALLENGE_HEADER] },
        ...{ headers: session.authorize(call), timeoutMs, beforeSend },
      });
      return sortSubmitAnswer(answer);
    },
    job: readJob,
    image: (imageId) =>
      reader.read({
        operation: 'image',
        path: () => `/v2/images/${imageId}`,
        parse: (body) => about(imageId, toImage(body)),
        imageId,
      }),
    images: (filter) => listImages(reader, filter, enterpriseProjectId),
    quota: () =>
      reader.read({ operation: 'quota', path: () => '/v1/cloudimages/quota', parse: toQuota }),
  };
}

/** An answer about something other than the request proves nothing. */
function about<T extends { readonly id: string }>(id: string, found: T | undefined): T | undefined {
  return found?.id === id ? found : undefined;
}

/** OTC has only the path with the project, Huawei has deprecated it: whichever exists is kept. */
function createJobReader(
  reader: Reader,
  jobApi: CloudConfig['jobApi'],
): (jobId: string) => Promise<ReadAnswer<ImsJob>> {
  let api = jobApi;
  const read = (jobId: string, which: CloudConfig['jobApi']): Promise<ReadAnswer<ImsJob>> =>
    reader.read({
      operation: 'job',
      path: ({ projectId }: Session) =>
        which === 'project' ? `/v1/${projectId}/jobs/${jobId}` : `/v1/cloudimages/job/${jobId}`,
      parse: (body) => about(jobId, toImsJob(body)),
    });
  return async (jobId) => {
    if (!isCloudId(jobId)) return { kind: 'failed', throttled: false, ...badId(jobId) };
    const answer = await read(jobId, api);
    if (!isMissingApi(answer)) return answer;
    const other = api === 'project' ? 'progress' : 'project';
    const second = await read(jobId, other);
    if (isMissingApi(second)) return answer;
    if (second.kind === 'ok') api = other;
    return second;
  };
}

/** Gateway: .0101, the API does not exist. */
function isMissingApi(answer: ReadAnswer<unknown>): boolean {
  return answer.kind !== 'ok' && /^APIGW?\.0101$/.test(answer.code);
}
