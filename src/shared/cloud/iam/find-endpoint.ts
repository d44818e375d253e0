import { z } from 'zod';
import { imsOf, placeOf } from '../../config/cloud/regions.ts';
import type { CloudConfig } from '../../config/config.ts';
import { CloudError } from '../../errors/errors.ts';

const endpointSchema = z.object({
  interface: z.string().nullish(),
  region: z.string().nullish(),
  region_id: z.string().nullish(),
  url: z.string(),
});

/** The services that IAM names. Whatever is no service with endpoints is passed over. */
export const catalogSchema = z.array(
  z.object({ type: z.string(), endpoints: z.array(endpointSchema).catch([]) }),
);
export type Catalog = z.infer<typeof catalogSchema>;

/** Of an error that is no refusal: the login was good. */
export const NO_ENDPOINT = 'NO_ENDPOINT';
/** The login has no project, or not the one that is wanted. */
export const NO_PROJECT = 'NO_PROJECT';

type Where = Pick<CloudConfig, 'authUrl' | 'imsEndpoint' | 'interface' | 'region'>;

/**
 * Where IMS is: as the operator says, else as the catalog says (type `image`, of the region, the
 * interface that is wanted; the first one wins), else by the pattern of the clouds that have one.
 * @throws CloudError when nothing tells it
 */
export function findIms(catalog: Catalog, where: Where): string {
  if (where.imsEndpoint !== undefined) return where.imsEndpoint;
  const images = catalog
    .filter(({ type }) => type === 'image')
    .flatMap(({ endpoints }) => endpoints);
  if (images.length === 0) return byPattern(where);
  const faces = images.filter(({ interface: face }) => (face ?? 'public') === where.interface);
  const { region } = where;
  const found = faces.find(
    (endpoint) =>
      region === undefined || endpoint.region === region || endpoint.region_id === region,
  );
  const base = found?.url.replace(/\/+$/, '').replace(/\/v[12](\.\d)?$/, '');
  if (base !== undefined && URL.canParse(base)) return base;
  throw faces.length === 0 ? noInterface(where, images) : noRegion(where, faces);
}

function byPattern({ authUrl, region }: Where): string {
  const place = placeOf(authUrl, region);
  if (place) return imsOf(place);
  throw new CloudError('IAM', 'The catalog has no image service.', {
    serviceCode: NO_ENDPOINT,
    advice: 'Set IMS_ENDPOINT to the URL of IMS; a project that has no IMS cannot be used.',
  });
}

type Endpoints = readonly z.infer<typeof endpointSchema>[];

function noInterface({ interface: wanted }: Where, images: Endpoints): CloudError {
  const there = [...new Set(images.map(({ interface: face }) => face ?? 'public'))].join(', ');
  return new CloudError('IAM', `The catalog has no ${wanted} endpoint of the image service.`, {
    serviceCode: NO_ENDPOINT,
    advice: `Set OS_INTERFACE to one that is there (${there}), or set IMS_ENDPOINT.`,
  });
}

function noRegion({ region }: Where, faces: Endpoints): CloudError {
  const regions = [...new Set(faces.map((face) => face.region ?? face.region_id ?? '?'))];
  return new CloudError('IAM', `The catalog has no image service in region ${region ?? '?'}.`, {
    serviceCode: NO_ENDPOINT,
    advice: `Set OS_REGION_NAME to one that is there (${regions.join(', ')}), or set IMS_ENDPOINT.`,
  });
}
