import { omitUndefined } from '../../runtime/omit-undefined.ts';

/** Where a field of a cloud can be set: the first name that is set wins. */
interface FieldNames {
  /** Environment variables. */
  readonly env: readonly string[];
  /** Paths in an entry of clouds.yaml. */
  readonly file: readonly string[];
  /**
   * Never shown. `password`: taken literally, without line breaks at its ends. `key`: sent in headers,
   * printable characters only. `command`: a shell command.
   */
  readonly secret?: 'password' | 'key' | 'command';
}

function names(env: string, file = '', secret?: FieldNames['secret']): FieldNames {
  const [variables, paths] = [env, file].map((text) => text.split(' ').filter(Boolean));
  return omitUndefined({ env: variables ?? [], file: paths ?? [], secret });
}

/**
 * Every field of a cloud, under the names of openstacksdk, of OTC's tools and of Huawei's SDKs. The
 * names of AWS are left out: in a migration from there they hold keys of another cloud.
 */
export const FIELDS = {
  authUrl: names('OS_AUTH_URL HUAWEICLOUD_SDK_IAM_ENDPOINT', 'auth.auth_url'),
  authType: names('OS_AUTH_TYPE', 'auth_type'),
  identityVersion: names('OS_IDENTITY_API_VERSION', 'identity_api_version'),
  username: names('OS_USERNAME', 'auth.username'),
  userId: names('OS_USER_ID OS_USERID', 'auth.user_id'),
  password: names('OS_PASSWORD', 'auth.password', 'password'),
  passwordFile: names('OS_PASSWORD_FILE'),
  passwordCommand: names('OS_PASSWORD_COMMAND', '', 'command'),
  passcode: names('OS_PASSCODE', 'auth.passcode', 'password'),
  token: names('OS_TOKEN OS_AUTH_TOKEN OS_TOKEN_ID', 'auth.token', 'key'),
  accessKey: names(
    'OS_ACCESS_KEY OS_ACCESS_KEY_ID OS_AK HUAWEICLOUD_SDK_AK',
    'auth.ak auth.access_key ak access_key',
    'key',
  ),
  secretKey: names(
    'OS_SECRET_KEY OS_ACCESS_KEY_SECRET OS_SK HUAWEICLOUD_SDK_SK',
    'auth.sk auth.secret_key sk secret_key',
    'key',
  ),
  securityToken: names(
    'OS_SECURITY_TOKEN OS_AKSK_SECURITY_TOKEN OS_ST HUAWEICLOUD_SDK_SECURITY_TOKEN',
    'auth.security_token security_token',
    'key',
  ),
  userDomainName: names(
    'OS_USER_DOMAIN_NAME OS_DOMAIN_NAME',
    'auth.user_domain_name auth.domain_name',
  ),
  userDomainId: names('OS_USER_DOMAIN_ID OS_DOMAIN_ID', 'auth.user_domain_id auth.domain_id'),
  projectName: names('OS_PROJECT_NAME OS_TENANT_NAME', 'auth.project_name auth.tenant_name'),
  projectId: names(
    'OS_PROJECT_ID OS_TENANT_ID HUAWEICLOUD_SDK_PROJECT_ID',
    'auth.project_id auth.tenant_id',
  ),
  projectDomainName: names('OS_PROJECT_DOMAIN_NAME', 'auth.project_domain_name'),
  projectDomainId: names('OS_PROJECT_DOMAIN_ID', 'auth.project_domain_id'),
  defaultDomainName: names(
    'OS_DEFAULT_DOMAIN_NAME OS_DEFAULT_DOMAIN',
    'auth.default_domain_name auth.default_domain',
  ),
  defaultDomainId: names('OS_DEFAULT_DOMAIN_ID', 'auth.default_domain_id'),
  agencyName: names(
    'OS_AGENCY_NAME OS_TARGET_AGENCY_NAME',
    'auth.target_agency_name auth.agency_name',
  ),
  agencyDomainName: names(
    'OS_AGENCY_DOMAIN_NAME OS_TARGET_DOMAIN_NAME',
    'auth.target_domain_name auth.agency_domain_name',
  ),
  agencyDomainId: names(
    'OS_AGENCY_DOMAIN_ID OS_TARGET_DOMAIN_ID',
    'auth.target_domain_id auth.agency_domain_id',
  ),
  agencyProjectName: names(
    'OS_DELEGATED_PROJECT OS_TARGET_PROJECT_NAME',
    'auth.target_project_name auth.delegated_project',
  ),
  agencyProjectId: names('OS_TARGET_PROJECT_ID', 'auth.target_project_id'),
  region: names('OS_REGION_NAME OS_REGION_ID OS_REGION', 'region_name region_id'),
  interface: names('OS_INTERFACE OS_ENDPOINT_TYPE', 'interface endpoint_type'),
  imsEndpoint: names('IMS_ENDPOINT', 'image_endpoint_override'),
  ecsEndpoint: names('ECS_ENDPOINT', 'compute_endpoint_override'),
  jobApi: names('IMS_FERRY_JOB_API'),
  dialect: names('IMS_FERRY_DIALECT', 'ims_dialect'),
  enterpriseProjectId: names(
    'IMS_FERRY_ENTERPRISE_PROJECT_ID',
    'enterprise_project_id auth.enterprise_project_id',
  ),
  obsEndpoint: names('OBS_ENDPOINT', 'obs_endpoint_override'),
  obsAccessKey: names('S3_ACCESS_KEY_ID', '', 'key'),
  obsSecretKey: names('S3_SECRET_ACCESS_KEY', '', 'key'),
  caFile: names('OS_CACERT OS_CA_CERT OS_CA_CERT_FILE', 'cacert'),
  certFile: names('OS_CERT OS_CLIENT_CERT', 'cert'),
  keyFile: names('OS_KEY OS_CLIENT_KEY', 'key'),
  insecure: names('OS_INSECURE', 'insecure'),
  verify: names('', 'verify'),
};

export type Field = keyof typeof FIELDS;

export const FIELD_NAMES = Object.keys(FIELDS) as readonly Field[];

/**
 * Fields that belong together. Where the environment sets one of them, the file's are ignored: the name
 * of one project and the id of another would contradict each other.
 */
export const GROUPS: readonly (readonly Field[])[] = [
  ['username', 'userId'],
  ['userDomainName', 'userDomainId'],
  ['password', 'passwordFile', 'passwordCommand'],
  ['projectName', 'projectId'],
  ['projectDomainName', 'projectDomainId'],
  ['defaultDomainName', 'defaultDomainId'],
  ['accessKey', 'secretKey', 'securityToken'],
  ['agencyName', 'agencyDomainName', 'agencyDomainId'],
  ['agencyProjectName', 'agencyProjectId'],
];
