import { authUrlOfRegion, dialectOf, isRegion, obsOf, placeOf } from '../../dialect/regions.ts';
import { ALL_ENTERPRISE_PROJECTS, UUID } from '../../image/image-fields.ts';
import type { CloudConfig } from '../config.ts';
import type { ObsConfig } from '../obs-config.ts';
import type { CloudReader } from './cloud-reader.ts';
import { readLogin, regionOf } from './read-login.ts';

const INTERFACES = {
  public: 'public',
  publicURL: 'public',
  internal: 'internal',
  internalURL: 'internal',
  admin: 'admin',
  adminURL: 'admin',
} as const;

/** Where and as whom to log in, from the fields that were given; what is wrong is in the reader. */
export function buildCloud(read: CloudReader): Omit<CloudConfig, 'network'> {
  refuseVersion2(read);
  const authUrl = authUrlOf(read);
  const region = read.text('region');
  const imsEndpoint = imsEndpointOf(read);
  return {
    ...(read.cloud === undefined ? {} : { name: read.cloud }),
    authUrl: authUrl ?? '',
    ...readLogin(read),
    interface: read.oneOf('interface', INTERFACES, 'public'),
    jobApi: read.oneOf('jobApi', { project: 'project', progress: 'progress' }, 'project'),
    dialect: read.oneOf('dialect', DIALECT_WORDS, dialectOf(authUrl ?? '', regionOf(read))),
    ...enterpriseProjectOf(read),
    ...(region === undefined ? {} : { region }),
    ...(imsEndpoint === undefined ? {} : { imsEndpoint }),
  };
}

const DIALECT_WORDS = { otc: 'otc', huawei: 'huawei' } as const;

/** Users with rights in one enterprise project only have to name it in every list. */
function enterpriseProjectOf(read: CloudReader): Pick<CloudConfig, 'enterpriseProjectId'> {
  const id = read.text('enterpriseProjectId');
  if (id === undefined) return {};
  if (id === '0' || id === ALL_ENTERPRISE_PROJECTS || UUID.test(id)) {
    return { enterpriseProjectId: id };
  }
  const allowed = `a UUID, "0" (the default project) or ${ALL_ENTERPRISE_PROJECTS}`;
  read.refuse('enterpriseProjectId', `is ${JSON.stringify(id)}; allowed is ${allowed}`);
  return {};
}

function refuseVersion2(read: CloudReader): void {
  const version = read.text('identityVersion');
  if (version === undefined || /^v?3(\.\d+)?$/.test(version)) return;
  read.refuse('identityVersion', `is ${JSON.stringify(version)}; only version 3 of IAM is spoken`);
}

/** IAM's URL with its version; told by the region alone where no URL is given. */
function authUrlOf(read: CloudReader): string | undefined {
  const url = read.endpoint('authUrl');
  const region = read.text('region');
  if (url === undefined && region !== undefined && isRegion(region)) return authUrlOfRegion(region);
  if (url === undefined) read.missing('authUrl');
  return url === undefined || url.endsWith('/v3') ? url : `${url}/v3`;
}

/** The catalog names it without a version; many write one. */
function imsEndpointOf(read: CloudReader): string | undefined {
  return read.endpoint('imsEndpoint')?.replace(/\/v[12](\.\d)?$/, '');
}

/** How to talk to OBS: `undefined` when no keys are set. */
export function buildObs(read: CloudReader): Omit<ObsConfig, 'network'> | undefined {
  const keys = obsKeys(read);
  if (!keys) return undefined;
  const authUrl = read.text('authUrl') ?? '';
  const region = regionOf(read);
  const isTold = authUrl === '' && region !== undefined && isRegion(region);
  const guess = isTold ? authUrlOfRegion(region) : authUrl;
  const place = placeOf(guess, region);
  const where = place?.region ?? region ?? 'eu-de';
  const endpoint = read.endpoint('obsEndpoint') ?? (place && obsOf(place));
  if (endpoint === undefined) {
    read.issues.push(
      `${read.nameOf('obsEndpoint')} is not set, and ${read.nameOf('authUrl')} does not tell it`,
    );
  }
  return { ...keys, endpoint: endpoint ?? '', region: where };
}

function obsKeys(read: CloudReader) {
  const accessKey = read.text('accessKey') ?? read.text('obsAccessKey');
  const secretKey = read.text('secretKey') ?? read.text('obsSecretKey');
  if (accessKey === undefined && secretKey === undefined) return undefined;
  if (accessKey === undefined || secretKey === undefined) {
    const [there, gone] =
      accessKey === undefined
        ? (['secretKey', 'accessKey'] as const)
        : (['accessKey', 'secretKey'] as const);
    read.issues.push(`${read.nameOf(there)} is set, but ${read.nameOf(gone)} is not`);
  }
  const securityToken = read.text('securityToken');
  return {
    accessKey: accessKey ?? '',
    secretKey: secretKey ?? '',
    ...(securityToken === undefined ? {} : { securityToken }),
  };
}
