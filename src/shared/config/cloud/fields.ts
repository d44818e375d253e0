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

/**
 * Every field of a cloud, under the names of openstacksdk, of OTC's tools and of Huawei's SDKs. The
 * names of AWS are left out: in a migration from there they hold keys of another cloud.
 */
export const FIELDS = {
  authUrl: { env: ['OS_AUTH_URL', 'HUAWEICLOUD_SDK_IAM_ENDPOINT'], file: ['auth.auth_url'] },
  authType: { env: ['OS_AUTH_TYPE'], file: ['auth_type'] },
  identityVersion: { env: ['OS_IDENTITY_API_VERSION'], file: ['identity_api_version'] },
  username: { env: ['OS_USERNAME'], file: ['auth.username'] },
  userId: { env: ['OS_USER_ID', 'OS_USERID'], file: ['auth.user_id'] },
  password: { env: ['OS_PASSWORD'], file: ['auth.password'], secret: 'password' },
  passwordFile: { env: ['OS_PASSWORD_FILE'], file: [] },
  passwordCommand: { env: ['OS_PASSWORD_COMMAND'], file: [], secret: 'command' },
  passcode: { env: ['OS_PASSCODE'], file: ['auth.passcode'], secret: 'password' },
  token: {
    env: ['OS_TOKEN', 'OS_AUTH_TOKEN', 'OS_TOKEN_ID'],
    file: ['auth.token'],
    secret: 'key',
  },
  accessKey: {
    env: ['OS_ACCESS_KEY', 'OS_ACCESS_KEY_ID', 'OS_AK', 'HUAWEICLOUD_SDK_AK'],
    file: ['auth.ak', 'auth.access_key', 'ak', 'access_key'],
    secret: 'key',
  },
  secretKey: {
    env: ['OS_SECRET_KEY', 'OS_ACCESS_KEY_SECRET', 'OS_SK', 'HUAWEICLOUD_SDK_SK'],
    file: ['auth.sk', 'auth.secret_key', 'sk', 'secret_key'],
    secret: 'key',
  },
  securityToken: {
    env: ['OS_SECURITY_TOKEN', 'OS_AKSK_SECURITY_TOKEN', 'OS_ST', 'HUAWEICLOUD_SDK_SECURITY_TOKEN'],
    file: ['auth.security_token', 'security_token'],
    secret: 'key',
  },
  userDomainName: {
    env: ['OS_USER_DOMAIN_NAME', 'OS_DOMAIN_NAME'],
    file: ['auth.user_domain_name', 'auth.domain_name'],
  },
  userDomainId: {
    env: ['OS_USER_DOMAIN_ID', 'OS_DOMAIN_ID'],
    file: ['auth.user_domain_id', 'auth.domain_id'],
  },
  projectName: {
    env: ['OS_PROJECT_NAME', 'OS_TENANT_NAME'],
    file: ['auth.project_name', 'auth.tenant_name'],
  },
  projectId: {
    env: ['OS_PROJECT_ID', 'OS_TENANT_ID', 'HUAWEICLOUD_SDK_PROJECT_ID'],
    file: ['auth.project_id', 'auth.tenant_id'],
  },
  projectDomainName: { env: ['OS_PROJECT_DOMAIN_NAME'], file: ['auth.project_domain_name'] },
  projectDomainId: { env: ['OS_PROJECT_DOMAIN_ID'], file: ['auth.project_domain_id'] },
  defaultDomainName: {
    env: ['OS_DEFAULT_DOMAIN_NAME', 'OS_DEFAULT_DOMAIN'],
    file: ['auth.default_domain_name', 'auth.default_domain'],
  },
  defaultDomainId: { env: ['OS_DEFAULT_DOMAIN_ID'], file: ['auth.default_domain_id'] },
  agencyName: {
    env: ['OS_AGENCY_NAME', 'OS_TARGET_AGENCY_NAME'],
    file: ['auth.target_agency_name', 'auth.agency_name'],
  },
  agencyDomainName: {
    env: ['OS_AGENCY_DOMAIN_NAME', 'OS_TARGET_DOMAIN_NAME'],
    file: ['auth.target_domain_name', 'auth.agency_domain_name'],
  },
  agencyDomainId: {
    env: ['OS_AGENCY_DOMAIN_ID', 'OS_TARGET_DOMAIN_ID'],
    file: ['auth.target_domain_id', 'auth.agency_domain_id'],
  },
  agencyProjectName: {
    env: ['OS_DELEGATED_PROJECT', 'OS_TARGET_PROJECT_NAME'],
    file: ['auth.target_project_name', 'auth.delegated_project'],
  },
  agencyProjectId: { env: ['OS_TARGET_PROJECT_ID'], file: ['auth.target_project_id'] },
  region: {
    env: ['OS_REGION_NAME', 'OS_REGION_ID', 'OS_REGION'],
    file: ['region_name', 'region_id'],
  },
  interface: { env: ['OS_INTERFACE', 'OS_ENDPOINT_TYPE'], file: ['interface', 'endpoint_type'] },
  imsEndpoint: { env: ['IMS_ENDPOINT'], file: ['image_endpoint_override'] },
  jobApi: { env: ['IMS_FERRY_JOB_API'], file: [] },
  dialect: { env: ['IMS_FERRY_DIALECT'], file: ['ims_dialect'] },
  enterpriseProjectId: {
    env: ['IMS_FERRY_ENTERPRISE_PROJECT_ID'],
    file: ['enterprise_project_id', 'auth.enterprise_project_id'],
  },
  obsEndpoint: { env: ['OBS_ENDPOINT'], file: ['obs_endpoint_override'] },
  obsAccessKey: { env: ['S3_ACCESS_KEY_ID'], file: [], secret: 'key' },
  obsSecretKey: { env: ['S3_SECRET_ACCESS_KEY'], file: [], secret: 'key' },
  caFile: { env: ['OS_CACERT', 'OS_CA_CERT', 'OS_CA_CERT_FILE'], file: ['cacert'] },
  certFile: { env: ['OS_CERT', 'OS_CLIENT_CERT'], file: ['cert'] },
  keyFile: { env: ['OS_KEY', 'OS_CLIENT_KEY'], file: ['key'] },
  insecure: { env: ['OS_INSECURE'], file: ['insecure'] },
  verify: { env: [], file: ['verify'] },
} as const satisfies Readonly<Record<string, FieldNames>>;

export type Field = keyof typeof FIELDS;

export const FIELD_NAMES = Object.keys(FIELDS) as readonly Field[];

export function namesOf(field: Field): FieldNames {
  return FIELDS[field];
}

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
