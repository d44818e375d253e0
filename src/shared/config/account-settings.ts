import type { Setting } from './setting.ts';

/** Where and as whom to log in. docs/logins.md lists the other names of each. */
export const ACCOUNT_SETTINGS = [
  {
    name: 'OS_CLOUD',
    default: '',
    meaning:
      'an entry of `clouds.yaml`; what is set in the environment replaces what stands there. The only entry need not be named',
  },
  {
    name: 'OS_AUTH_URL',
    default: '',
    meaning:
      'IAM, ending with `/v3` (`work`, `resolve` and `reconcile` need a login); told by `OS_REGION_NAME` for a region of OTC or Huawei',
  },
  { name: 'OS_USERNAME', default: '', meaning: 'IAM user, or `OS_USER_ID`' },
  { name: 'OS_PASSWORD', default: '', meaning: 'its password' },
  {
    name: 'OS_PASSWORD_FILE',
    default: '',
    meaning: 'a file whose first line is the password, instead',
  },
  {
    name: 'OS_PASSWORD_COMMAND',
    default: '',
    meaning: 'a command that prints the password, instead (`--password-command`)',
  },
  {
    name: 'OS_USER_DOMAIN_NAME',
    default: '',
    meaning: 'the account (domain) of the user, or `OS_USER_DOMAIN_ID`',
  },
  {
    name: 'OS_PROJECT_NAME',
    default: '',
    meaning:
      'project, such as `eu-de_team`, or `OS_PROJECT_ID`; with AK/SK the project of the region if not set',
  },
  {
    name: 'OS_PROJECT_DOMAIN_NAME',
    default: "the user's domain",
    meaning: 'domain of the project, or `OS_PROJECT_DOMAIN_ID`',
  },
  {
    name: 'OS_TOKEN',
    default: '',
    meaning: 'a token that was fetched already, instead of a password; it cannot be renewed',
  },
  {
    name: 'OS_ACCESS_KEY',
    default: '',
    meaning:
      'AK/SK: logs in where there is no password and no token; beside them it is for OBS only (or `S3_ACCESS_KEY_ID`): patterns in manifests, `init`, the look at source objects',
  },
  {
    name: 'OS_SECRET_KEY',
    default: '',
    meaning: 'its secret key, or `S3_SECRET_ACCESS_KEY`',
  },
  {
    name: 'OS_SECURITY_TOKEN',
    default: '',
    meaning: 'of temporary keys',
  },
  {
    name: 'OBS_ENDPOINT',
    default: 'from `OS_AUTH_URL`',
    meaning: 'OBS, such as `https://obs.eu-de.otc.t-systems.com`',
  },
  {
    name: 'OS_AGENCY_NAME',
    default: '',
    meaning: 'an agency of another account, whose project is worked in',
  },
  {
    name: 'OS_AGENCY_DOMAIN_NAME',
    default: '',
    meaning: 'that account, or `OS_AGENCY_DOMAIN_ID`',
  },
  {
    name: 'OS_DELEGATED_PROJECT',
    default: '`OS_PROJECT_NAME`',
    meaning: 'the project in that account, or its id `OS_TARGET_PROJECT_ID`',
  },
  {
    name: 'OS_AUTH_TYPE',
    default: 'what is set',
    meaning: '`password`, `token`, `aksk` or `agency`',
  },
  {
    name: 'OS_REGION_NAME',
    default: 'any',
    meaning: 'picks the endpoint from the catalog when it has several',
  },
  {
    name: 'OS_INTERFACE',
    default: 'public',
    meaning: '`public`, `internal` or `admin`: which endpoints of the catalog count',
  },
  {
    name: 'IMS_ENDPOINT',
    default: 'from the catalog',
    meaning: 'URL of IMS without version, instead of the catalog (service type `image`)',
  },
  { name: 'OS_CACERT', default: '', meaning: 'a CA in PEM, beside those that Node knows' },
  { name: 'OS_CERT', default: '', meaning: 'our certificate in PEM, where a gateway wants one' },
  { name: 'OS_KEY', default: '`OS_CERT`', meaning: 'its private key in PEM' },
  {
    name: 'HTTPS_PROXY',
    default: '',
    meaning:
      'a proxy to the cloud, `http://[user:password@]host:port`, by CONNECT; or `ALL_PROXY`. In lower case, too',
  },
  { name: 'HTTP_PROXY', default: '', meaning: 'the same for endpoints of plain http' },
  {
    name: 'NO_PROXY',
    default: '',
    meaning:
      'hosts that are reached without it, with commas: names and what is below them, addresses, ranges, `*`; this machine always is',
  },
  {
    name: 'OS_CLIENT_CONFIG_FILE',
    default: 'searched',
    meaning:
      '`clouds.yaml`; else `./`, `~/.config/openstack/`, `/etc/openstack/`. `OS_CLIENT_SECURE_FILE` and `OS_CLIENT_VENDOR_FILE` name `secure.yaml` and `clouds-public.yaml`',
  },
] as const satisfies readonly Setting[];
