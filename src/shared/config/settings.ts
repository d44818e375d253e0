/** One environment variable, as the reference lists it. */
interface Setting {
  readonly name: string;
  /** As written in the environment; empty when there is none. */
  readonly default: string;
  readonly meaning: string;
}

/** Every setting that this version reads; the reference table is generated from it. */
export const SETTINGS = [
  {
    name: 'REDIS_URL',
    default: 'redis://127.0.0.1:6379',
    meaning:
      '`redis://[user:password@]host:port[/db]`, `rediss://` for TLS, `unix:///path`, `redis+sentinel://host,host/name`, `redis+cluster://host,host`; see `docs/redis.md`',
  },
  {
    name: 'REDIS_PASSWORD_FILE',
    default: '',
    meaning: 'a file whose first line is the password of Redis',
  },
  {
    name: 'IMS_FERRY_REDIS_SENTINEL_PASSWORD',
    default: '',
    meaning: 'password of the sentinels, where they have one',
  },
  { name: 'IMS_FERRY_REDIS_CA_FILE', default: '', meaning: 'the CA of `rediss://`, in PEM' },
  {
    name: 'IMS_FERRY_REDIS_CERT_FILE',
    default: '',
    meaning: 'client certificate for Redis, in PEM; needs `IMS_FERRY_REDIS_KEY_FILE`',
  },
  { name: 'IMS_FERRY_REDIS_KEY_FILE', default: '', meaning: 'its private key' },
  {
    name: 'OS_CLOUD',
    default: '',
    meaning:
      'an entry of `clouds.yaml`; the environment overrides its values. The only entry need not be named',
  },
  {
    name: 'OS_AUTH_URL',
    default: '',
    meaning:
      'IAM, ending with `/v3` (`work`, `resolve` and `reconcile` need a login); follows from `OS_REGION_NAME` for a region of OTC or Huawei',
  },
  { name: 'OS_USERNAME', default: '', meaning: 'IAM user, or `OS_USER_ID`' },
  { name: 'OS_PASSWORD', default: '', meaning: 'its password' },
  {
    name: 'OS_PASSWORD_FILE',
    default: '',
    meaning: 'instead: a file whose first line is the password',
  },
  {
    name: 'OS_PASSWORD_COMMAND',
    default: '',
    meaning: 'instead: a command that prints the password (`--password-command`)',
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
      "project, such as `eu-de_team`, or `OS_PROJECT_ID`; with AK/SK the default is the region's own project",
  },
  {
    name: 'OS_PROJECT_DOMAIN_NAME',
    default: "the user's domain",
    meaning: 'domain of the project, or `OS_PROJECT_DOMAIN_ID`',
  },
  {
    name: 'OS_TOKEN',
    default: '',
    meaning: 'an existing token instead of a password; it cannot be renewed',
  },
  {
    name: 'OS_ACCESS_KEY',
    default: '',
    meaning:
      'AK/SK: logs in where neither password nor token is set; beside them it is for OBS only (or `S3_ACCESS_KEY_ID`): patterns in manifests, `init`, checks of source objects',
  },
  {
    name: 'OS_SECRET_KEY',
    default: '',
    meaning: 'its secret key, or `S3_SECRET_ACCESS_KEY`',
  },
  {
    name: 'OS_SECURITY_TOKEN',
    default: '',
    meaning: 'security token of temporary keys',
  },
  {
    name: 'OBS_ENDPOINT',
    default: 'from `OS_AUTH_URL`',
    meaning: 'OBS, such as `https://obs.eu-de.otc.t-systems.com`',
  },
  {
    name: 'OS_AGENCY_NAME',
    default: '',
    meaning: 'an agency of another account; the import runs in its project',
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
    default: 'from what is set',
    meaning: '`password`, `token`, `aksk` or `agency`',
  },
  {
    name: 'OS_REGION_NAME',
    default: 'any',
    meaning: 'selects the endpoint when the catalog has several',
  },
  {
    name: 'OS_INTERFACE',
    default: 'public',
    meaning: '`public`, `internal` or `admin`: which endpoints of the catalog to use',
  },
  {
    name: 'IMS_ENDPOINT',
    default: 'from the catalog',
    meaning: 'URL of IMS without version, instead of the catalog (service type `image`)',
  },
  { name: 'OS_CACERT', default: '', meaning: 'a CA in PEM, in addition to those that Node knows' },
  {
    name: 'OS_CERT',
    default: '',
    meaning: 'client certificate in PEM, where a gateway requires one',
  },
  { name: 'OS_KEY', default: '`OS_CERT`', meaning: 'its private key in PEM' },
  {
    name: 'HTTPS_PROXY',
    default: '',
    meaning:
      'a proxy to the cloud, `http://[user:password@]host:port`, used with CONNECT; or `ALL_PROXY`. Lower-case names work too',
  },
  { name: 'HTTP_PROXY', default: '', meaning: 'the same for plain http endpoints' },
  {
    name: 'NO_PROXY',
    default: '',
    meaning:
      'hosts reached without the proxy, comma-separated: domains with their subdomains, addresses, ranges, `*`. Loopback addresses never go through a proxy',
  },
  {
    name: 'OS_CLIENT_CONFIG_FILE',
    default: 'searched',
    meaning:
      'path of `clouds.yaml`; else `./`, `~/.config/openstack/`, `/etc/openstack/` are searched. `OS_CLIENT_SECURE_FILE` and `OS_CLIENT_VENDOR_FILE` name `secure.yaml` and `clouds-public.yaml`',
  },
  {
    name: 'IMS_FERRY_JOB_API',
    default: 'project',
    meaning:
      '`project` (`/v1/{project}/jobs/{id}`, OTC) or `progress` (`/v1/cloudimages/job/{id}`, newer Huawei regions); falls back to the other where one is missing',
  },
  {
    name: 'IMS_FERRY_DIALECT',
    default: 'from the host of IAM or the region',
    meaning:
      '`otc` or `huawei`: the two clouds accept different tags, disk sizes and operating systems',
  },
  {
    name: 'IMS_FERRY_ENTERPRISE_PROJECT_ID',
    default: '',
    meaning:
      'a UUID, `0` (the default one) or `all_granted_eps`: whose images are listed, and where images that name none are created; required for users with rights in one enterprise project only',
  },
  {
    name: 'IMS_FERRY_MAX_IN_FLIGHT',
    default: '30',
    meaning: 'images submitted or creating at once, over all workers (IMS allows 40 per tenant)',
  },
  {
    name: 'IMS_FERRY_SUBMIT_CONCURRENCY',
    default: '4',
    meaning: 'creates sent at once, per worker',
  },
  {
    name: 'IMS_FERRY_SUBMIT_RATE',
    default: '60',
    meaning: 'creates per minute, over all workers; 0 = unlimited',
  },
  {
    name: 'IMS_FERRY_POLL_INITIAL_MS',
    default: '30000',
    meaning: 'delay of the first poll, until it is known how long such imports take',
  },
  { name: 'IMS_FERRY_POLL_MIN_MS', default: '5000', meaning: 'shortest pause between polls' },
  { name: 'IMS_FERRY_POLL_MAX_MS', default: '120000', meaning: 'longest pause between polls' },
  {
    name: 'IMS_FERRY_LOCK_MS',
    default: '30000',
    meaning: "how soon another worker takes over a killed worker's queue job",
  },
  {
    name: 'IMS_FERRY_UNKNOWN_POLICY',
    default: 'auto',
    meaning:
      'when a create got no response and its image is not found within the window: `auto` creates again only where the image list was measured to show images in time, `resubmit` always (relies on the window being longer than IMS needs to list an image), `hold` never',
  },
  {
    name: 'IMS_FERRY_UNKNOWN_WINDOW_MS',
    default: '900000',
    meaning: 'how long an unknown image is looked up before that',
  },
  {
    name: 'IMS_FERRY_POST_TIMEOUT_MS',
    default: '120000',
    meaning: 'timeout of a create; at most a third of the window',
  },
  {
    name: 'IMS_FERRY_NAMESPACE',
    default: 'default',
    meaning: 'name of an installation on a shared Redis; bound to one project',
  },
  {
    name: 'IMS_FERRY_CLOUD',
    default: '',
    meaning:
      'work with the batches of manifests with this `cloud:`, logging in with this entry of `clouds.yaml` alone (`--cloud`)',
  },
  {
    name: 'IMS_FERRY_TOKEN_KEY',
    default: '',
    meaning:
      '32 bytes, base64: encrypts the token in Redis. Without it the key is derived from the password, and anyone with a dump of Redis can try passwords slowly',
  },
  {
    name: 'IMS_FERRY_STATE_DIR',
    default: '~/.local/state/ims-ferry',
    meaning:
      'where a worker records how far the ledger had got, to detect a Redis that was rolled back while no worker ran',
  },
  {
    name: 'IMS_FERRY_ARCHIVE_AFTER',
    default: '',
    meaning:
      '`up` and `watch` archive batches that finished this long ago, such as `30d`; not set: none. See `docs/archive.md`',
  },
  {
    name: 'IMS_FERRY_ARCHIVE_DIR',
    default: 'archive in the state folder',
    meaning: 'folder for archives, also those of `archive`',
  },
  {
    name: 'IMS_FERRY_CONNECT_TIMEOUT_MS',
    default: '10000',
    meaning: 'how long commands other than `work` wait for Redis',
  },
  {
    name: 'IMS_FERRY_SUBMIT_CHECKS',
    default: '1',
    meaning:
      '0: `submit` does not check the quota and the source objects first, as with --no-check',
  },
  {
    name: 'IMS_FERRY_DASHBOARD_USER',
    default: '',
    meaning: 'user of the dashboard; without a login it is read-only and listens on localhost only',
  },
  {
    name: 'IMS_FERRY_DASHBOARD_PASSWORD',
    default: '',
    meaning: 'its password, 12 characters or more',
  },
  {
    name: 'IMS_FERRY_DASHBOARD_HOSTS',
    default: '',
    meaning:
      'host names the dashboard answers to, comma-separated; addresses and `localhost` always work',
  },
  {
    name: 'IMS_FERRY_DASHBOARD_BASE_PATH',
    default: '',
    meaning:
      'path under which a proxy serves the dashboard, such as `/ferry`; see `docs/dashboard-behind-a-proxy.md`',
  },
  {
    name: 'IMS_FERRY_DASHBOARD_USER_HEADER',
    default: '',
    meaning: 'header in which an authenticating proxy names the user, such as `X-Forwarded-User`',
  },
  {
    name: 'IMS_FERRY_DASHBOARD_PROXIES',
    default: '',
    meaning:
      'addresses and ranges of trusted proxies in front (`10.0.0.7`, `10.0.0.0/24`), comma-separated: that header, and `X-Forwarded-For` for the limit on failed logins, count from them only',
  },
  {
    name: 'IMS_FERRY_ALLOW_HTTP',
    default: '0',
    meaning: '1 allows plain http endpoints off loopback',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: '',
    meaning: 'a collector for traces, such as `http://127.0.0.1:4318`; not set: no traces',
  },
  { name: 'OTEL_SERVICE_NAME', default: 'ims-ferry', meaning: 'service name in traces' },
  {
    name: 'OTEL_SDK_DISABLED',
    default: 'false',
    meaning: 'true: no traces, regardless of other settings',
  },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    meaning: 'trace, debug, info, warn, error, fatal, silent; `work` logs JSON lines to stderr',
  },
] as const satisfies readonly Setting[];
