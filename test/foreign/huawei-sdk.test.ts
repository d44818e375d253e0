import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js';
import { HcClient } from '@huaweicloud/huaweicloud-sdk-core/HcClient.js';
import { DefaultHttpClient } from '@huaweicloud/huaweicloud-sdk-core/http/DefaultHttpClient.js';
import { Region } from '@huaweicloud/huaweicloud-sdk-core/region/region.js';
import { describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { cloud, SYSTEM } from '../simulator/plain-cloud.ts';

type Answer = Readonly<Record<string, unknown>> & { readonly httpStatusCode?: number };

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What the generated clients of Huawei's SDK do: signed requests of its core. */
function sdk({ url, credentials }: Simulator, projectId?: string) {
  const { accessKey: ak, secretKey: sk } = credentials;
  const keys = { ak, sk, iamEndpoint: url, ...(projectId === undefined ? {} : { projectId }) };
  // Its ClientBuilder does just this, but needs a package that it does not name as a dependency.
  const client = new HcClient(new DefaultHttpClient({ headers: {} }, [url]))
    .withRegion(new Region('eu-de', url))
    .withCredential(new BasicCredentials(keys))
    .withEndpoints([url]);
  return async ({ method, url: path, query = {}, data }: Sent): Promise<Answer> =>
    client.sendRequest({
      method,
      url: path,
      contentType: 'application/json',
      queryParams: query,
      pathParams: {},
      headers: {},
      ...(data === undefined ? {} : { data }),
    }) as Promise<Answer>;
}

describe("Huawei's SDK with AK/SK", () => {
  test('creates, follows, lists with a filter that holds spaces, tags and deletes', async () => {
    const { simulator } = await cloud({ duration: 0 }, systemClock);
    const { projectId } = simulator.state.options;
    const send = sdk(simulator, projectId);
    const data = { ...SYSTEM, name: 'with two spaces' };
    const { job_id } = await send({ method: 'POST', url: '/v2.1/cloudimages/action', data });
    const job = await send({ method: 'GET', url: `/v1/${projectId}/jobs/${String(job_id)}` });
    const { image_id: id } = job['entities'] as { image_id: string };
    expect(job).toMatchObject({ status: 'SUCCESS', job_id });
    const query = { name: 'with two spaces', tag: 'k=v', limit: 5 };
    const list = await send({ method: 'GET', url: '/v2/cloudimages', query });
    expect(list).toMatchObject({ images: [{ id, status: 'active' }] });
    const image_tag = { key: 'colour', value: 'red' };
    await send({ method: 'PUT', url: '/v1/cloudimages/tags', data: { image_id: id, image_tag } });
    const tags = await send({ method: 'GET', url: `/v2/${projectId}/images/${id}/tags` });
    expect(tags).toMatchObject({ tags: [{ key: 'k', value: 'v' }, image_tag] });
    await send({ method: 'DELETE', url: `/v2/images/${id}` });
    expect(await send({ method: 'GET', url: '/v2/cloudimages', query })).toMatchObject({
      images: [],
    });
    expect(simulator.accepted).toMatchObject([{ projectId, path: '/v2.1/cloudimages/action' }]);
  });

  test('finds the project that is named like the region, where none is given', async () => {
    const { simulator } = await cloud({}, systemClock);
    const send = sdk(simulator);
    await send({ method: 'POST', url: '/v2/cloudimages/action', data: SYSTEM });
    expect(simulator.stats.calls).toMatchObject({ projects: 1 });
    expect(simulator.accepted[0]?.projectId).not.toBe(simulator.state.options.projectId);
    expect(simulator.accepted).toHaveLength(1);
  });

  test.each([
    { answers: { quota: 'IMG.0154' }, errorCode: 'IMG.0154', httpStatusCode: 400 },
    { answers: { quota: 'APIGW.0308' }, errorCode: 'APIGW.0308', httpStatusCode: 429 },
  ])('reads the code of an error: $errorCode', async ({ answers, ...error }) => {
    const { simulator } = await cloud({ answers }, systemClock);
    const send = sdk(simulator, simulator.state.options.projectId);
    const call = send({ method: 'GET', url: '/v1/cloudimages/quota' });
    await expect(call).rejects.toMatchObject(error);
  });
});
