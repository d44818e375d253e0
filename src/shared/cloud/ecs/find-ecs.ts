import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import { ecsOf, placeOf, withoutVersion } from '../../dialect/regions.ts';
import { CloudError } from '../../errors/errors.ts';
import type { Http } from '../http/http.ts';
import { explain, isFields } from '../http/service-error.ts';
import { callIam } from '../iam/iam-call.ts';
import { chooseEndpoint, NO_ENDPOINT, readCatalog } from '../iam/login-answer.ts';
import type { Session } from '../session/session.ts';

interface EcsPlace {
  readonly http: Http;
  readonly cloud: CloudConfig;
  readonly now: () => number;
}

/**
 * Where ECS is: by the setting, else by the catalog (service types `ecs` and `compute`), else by the address
 * pattern of the known clouds. Without version and slash at its end.
 * @throws CloudError when none of these has it, or IAM does not answer
 */
export async function findEcs(place: EcsPlace, { authorize }: Session): Promise<string> {
  const { cloud } = place;
  if (cloud.ecsEndpoint !== undefined) return cloud.ecsEndpoint;
  const path = '/auth/catalog';
  const headers = authorize({ method: 'GET', url: `${cloud.authUrl}${path}` });
  const answer = await callIam(place, { operation: 'catalog', method: 'GET', path, headers });
  const { status, body } = answer;
  const { endpoints } = readCatalog(isFields(body) ? body['catalog'] : undefined, TYPES);
  const found = withoutVersion(chooseEndpoint(endpoints, cloud)?.url);
  if (found !== undefined) return found;
  const known = placeOf(cloud.authUrl, cloud.region);
  if (known) return ecsOf(known);
  const { code, message } = explain(answer);
  const [serviceCode, why] =
    status < 300
      ? [NO_ENDPOINT, 'has no compute service']
      : [code, `cannot be read: ${code}: ${message}`];
  throw new CloudError('ECS', `The catalog ${why}, so prune deletes no image.`, {
    serviceCode,
    advice: 'Set ECS_ENDPOINT to the URL of ECS.',
  });
}

const TYPES = ['ecs', 'compute'];
