import {
  authUrlOfRegion,
  dialectOf,
  isRegion,
  obsOf,
  placeOf,
  regionOfProject,
  withoutVersion,
} from '../../dialect/regions.ts';
import { ALL_ENTERPRISE_PROJECTS, UUID } from '../../image/image-fields.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { CloudConfig, Credential, InDomain, ObsConfig } from './cloud-config.ts';
import type { CloudReader } from './cloud-reader.ts';
import type { Field } from './fields.ts';

const JOB_APIS = { project: 'project', progress: 'progress' } as const;
const DIALECTS = { otc: 'otc', huawei: 'huawei' } as const;
const INTERFACES = {
  public: 'public',
  publicURL: 'public',
  internal: 'internal',
  internalURL: 'internal',
  admin: 'admin',
  adminURL: 'admin',
} as const;

/** Where and as whom to log in, from the fields that are set. Problems are collected in the reader. */
export function buildCloud(read: CloudReader): Omit<CloudConfig, 'network'> {
  refuseVersion2(read);
  const authUrl = authUrlOf(read) ?? '';
  return omitUndefined({
    name: read.cloud,
    authUrl,
    ...loginOf(read),
    interface: read.oneOf('interface', INTERFACES, 'public'),
    jobApi: read.oneOf('jobApi', JOB_APIS, 'project'),
    dialect: read.oneOf('dialect', DIALECTS, dialectOf(authUrl, regionOf(read))),
    enterpriseProjectId: enterpriseProjectOf(read),
    region: read.text('region'),
    // The catalog has it without a version; many users write one.
    imsEndpoint: read.endpoint('imsEndpoint')?.replace(/\/v[12](\.\d)?$/, ''),
    ecsEndpoint: withoutVersion(read.endpoint('ecsEndpoint')),
  });
}

function refuseVersion2(read: CloudReader): void {
  const version = read.text('identityVersion');
  if (version === undefined || /^v?3(\.\d+)?$/.test(version)) return;
  read.refuse('identityVersion', `is ${JSON.stringify(version)}; only version 3 is supported`);
}

/** IAM's URL with its version; derived from the region where no URL is given. */
function authUrlOf(read: CloudReader): string | undefined {
  const url = read.endpoint('authUrl');
  const region = read.text('region');
  if (url !== undefined) return url.endsWith('/v3') ? url : `${url}/v3`;
  if (region !== undefined && isRegion(region)) return authUrlOfRegion(region);
  read.missing('authUrl');
  return undefined;
}

/** Users with rights in one enterprise project only must name it in every list. */
function enterpriseProjectOf(read: CloudReader): string | undefined {
  const id = read.text('enterpriseProjectId');
  if (id === undefined || id === '0' || id === ALL_ENTERPRISE_PROJECTS || UUID.test(id)) return id;
  const expected = `a UUID, "0" (the default project) or ${ALL_ENTERPRISE_PROJECTS}`;
  read.refuse('enterpriseProjectId', `is ${JSON.stringify(id)}; expected ${expected}`);
  return undefined;
}

/** The region that is set, else the one that the project's name begins with. */
function regionOf(read: CloudReader): string | undefined {
  return read.text('region') ?? regionOfProject(read.text('projectName'));
}

/** openstacksdk's and GT's names for the methods we support. */
const METHODS: Readonly<Record<string, Credential['method'] | 'agency'>> = {
  password: 'password',
  v3password: 'password',
  token: 'token',
  v3token: 'token',
  aksk: 'keys',
  // Besides one of the others, which follows from what is set.
  agency: 'agency',
};
/** Methods that need a code from a phone for each login. */
const SECOND_FACTORS = new Set(['totp', 'v3totp', 'v3multifactor', 'multifactor']);

function loginOf(read: CloudReader): Pick<CloudConfig, 'credential' | 'agency' | 'project'> {
  refuseSecondFactor(read);
  const agency = agencyOf(read);
  const method = methodOf(read);
  const credential = credentialOf(read, method);
  return omitUndefined({ credential, agency, project: projectOf(read, !!agency, method) });
}

function refuseSecondFactor(read: CloudReader): void {
  const type = read.text('authType');
  const why =
    'is a second factor (MFA), which a program cannot provide; use a user without MFA, AK/SK or an agency';
  if (type !== undefined && SECOND_FACTORS.has(type)) read.refuse('authType', why);
  if (read.text('passcode') !== undefined) read.refuse('passcode', why);
}

/**
 * The method that the type names; else by what is set. A password still works when a token has expired,
 * so it wins over a token. Keys beside a password are for OBS.
 */
function methodOf(read: CloudReader): Credential['method'] {
  const type = read.text('authType');
  if (type !== undefined && !SECOND_FACTORS.has(type)) {
    const method = read.oneOf('authType', METHODS, 'password');
    if (method !== 'agency') return method;
  }
  const has = (...fields: readonly Field[]): boolean =>
    fields.some((field) => read.text(field) !== undefined);
  if (has('password', 'passwordFile', 'passwordCommand')) return 'password';
  if (has('token')) return 'token';
  if (has('accessKey') && !has('username', 'userId')) return 'keys';
  return 'password';
}

function credentialOf(read: CloudReader, method: Credential['method']): Credential {
  switch (method) {
    case 'token':
      return { method, token: read.required('token') };
    case 'keys':
      return omitUndefined({
        method,
        accessKey: read.required('accessKey'),
        secretKey: read.required('secretKey'),
        securityToken: read.text('securityToken'),
      });
    case 'password':
      return { method, user: userOf(read), password: read.required('password') };
  }
}

function userOf(read: CloudReader): InDomain {
  const id = read.text('userId');
  if (id !== undefined) return { id };
  const domain = read.ref('userDomain') ?? read.ref('defaultDomain');
  const ofProject = read.ref('projectDomain');
  if (!domain && !ofProject) read.missing('userDomainName', 'userDomainId');
  return { name: read.required('username'), domain: domain ?? ofProject ?? {} };
}

function agencyOf(read: CloudReader): CloudConfig['agency'] {
  const name = read.text('agencyName');
  const domain = read.ref('agencyDomain');
  if (name === undefined) {
    if (domain || read.text('authType') === 'agency') read.missing('agencyName');
    return undefined;
  }
  if (!domain) read.missing('agencyDomainName', 'agencyDomainId');
  return { name, domain: domain ?? {} };
}

/**
 * IMS needs a project. Its name is unique in its domain only; the default is the user's domain, for an
 * agency the account that the agency belongs to. Huawei: keys default to the region's own project.
 */
function projectOf(
  read: CloudReader,
  hasAgency: boolean,
  method: Credential['method'],
): InDomain | undefined {
  const delegated = hasAgency ? read.ref('agencyProject') : undefined;
  const project = delegated ?? read.ref('project');
  if (project?.id !== undefined) return project;
  const name = project?.name ?? (method === 'keys' ? read.text('region') : undefined);
  if (name === undefined) {
    if (method !== 'token') read.missing('projectName', 'projectId');
    return undefined;
  }
  const own = read.ref('projectDomain') ?? read.ref('userDomain') ?? read.ref('defaultDomain');
  const domain = hasAgency ? read.ref('agencyDomain') : own;
  return { name, ...(domain && method !== 'keys' && { domain }) };
}

/** How to reach OBS; `undefined` when no keys are set. */
export function buildObs(read: CloudReader): Omit<ObsConfig, 'network'> | undefined {
  const accessKey = read.text('accessKey') ?? read.text('obsAccessKey') ?? '';
  const secretKey = read.text('secretKey') ?? read.text('obsSecretKey') ?? '';
  if (accessKey === '' && secretKey === '') return undefined;
  if (accessKey === '' || secretKey === '') {
    const names = [read.nameOf('accessKey'), read.nameOf('secretKey')];
    const [set, unset] = accessKey === '' ? names.toReversed() : names;
    read.issues.push(`${set} is set, but ${unset} is not`);
  }
  const region = regionOf(read);
  const byRegion = region !== undefined && isRegion(region) ? authUrlOfRegion(region) : '';
  const place = placeOf(read.text('authUrl') ?? byRegion, region);
  const endpoint = read.endpoint('obsEndpoint') ?? (place && obsOf(place));
  if (endpoint === undefined) {
    const [own, login] = [read.nameOf('obsEndpoint'), read.nameOf('authUrl')];
    read.issues.push(`${own} is not set, and cannot be derived from ${login}`);
  }
  return omitUndefined({
    ...{ accessKey, secretKey },
    securityToken: read.text('securityToken'),
    endpoint: endpoint ?? '',
    region: place?.region ?? region ?? 'eu-de',
  });
}
