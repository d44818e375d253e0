/** One environment variable, as the reference lists it. */
interface Setting {
  readonly name: string;
  /** As written in the environment, or in words; empty when there is none. */
  readonly default: string;
  readonly meaning: string;
}

/**
 * By name: the meaning, with the default where there is one. docs/logins.md lists the other names of the
 * login's settings.
 */
const TABLE: Readonly<Record<string, string | readonly [fallback: string, meaning: string]>> = {
  REDIS_URL: [
    'redis://127.0.0.1:6379',
    '`redis://[user:password@]host:port[/db]`, `rediss://` for TLS, `unix:///path`, `redis+sentinel://host,host/name`, `redis+cluster://host,host`; see `docs/redis.md`',
  ],
  REDIS_PASSWORD_FILE: 'a file whose first line is the password of Redis',
  IMS_FERRY_REDIS_SENTINEL_PASSWORD: 'password of the sentinels, where they have one',
  IMS_FERRY_REDIS_CA_FILE: 'the CA of `rediss://`, in PEM',
  IMS_FERRY_REDIS_CERT_FILE:
    'client certificate for Redis, in PEM; needs `IMS_FERRY_REDIS_KEY_FILE`',
  IMS_FERRY_REDIS_KEY_FILE: 'its private key',
  OS_CLOUD:
    'an entry of `clouds.yaml`; the environment overrides its values. The only entry need not be named',
  OS_AUTH_URL:
    'IAM, ending with `/v3` (`work`, `resolve`, `reconcile` and `prune` need a login); follows from `OS_REGION_NAME` for a region of OTC or Huawei',
  OS_USERNAME: 'IAM user, or `OS_USER_ID`',
  OS_PASSWORD: 'its password',
  OS_PASSWORD_FILE: 'instead: a file whose first line is the password',
  OS_PASSWORD_COMMAND: 'instead: a command that prints the password (`--password-command`)',
  OS_USER_DOMAIN_NAME: 'the account (domain) of the user, or `OS_USER_DOMAIN_ID`',
  OS_PROJECT_NAME:
    "project, such as `eu-de_team`, or `OS_PROJECT_ID`; with AK/SK the default is the region's own project",
  OS_PROJECT_DOMAIN_NAME: ["the user's domain", 'domain of the project, or `OS_PROJECT_DOMAIN_ID`'],
  OS_TOKEN: 'an existing token instead of a password; it cannot be renewed',
  OS_ACCESS_KEY:
    'AK/SK: logs in where neither password nor token is set; beside them it is for OBS only (or `S3_ACCESS_KEY_ID`): patterns in manifests, `init`, checks of source objects',
  OS_SECRET_KEY: 'its secret key, or `S3_SECRET_ACCESS_KEY`',
  OS_SECURITY_TOKEN: 'security token of temporary keys',
  OBS_ENDPOINT: ['from `OS_AUTH_URL`', 'OBS, such as `https://obs.eu-de.otc.t-systems.com`'],
  OS_AGENCY_NAME: 'an agency of another account; the import runs in its project',
  OS_AGENCY_DOMAIN_NAME: 'that account, or `OS_AGENCY_DOMAIN_ID`',
  OS_DELEGATED_PROJECT: [
    '`OS_PROJECT_NAME`',
    'the project in that account, or its id `OS_TARGET_PROJECT_ID`',
  ],
  OS_AUTH_TYPE: ['from what is set', '`password`, `token`, `aksk` or `agency`'],
  OS_REGION_NAME: ['any', 'selects the endpoint when the catalog has several'],
  OS_INTERFACE: [
    'public',
    '`public`, `internal` or `admin`: which endpoints of the catalog to use',
  ],
  IMS_ENDPOINT: [
    'from the catalog',
    'URL of IMS without version, instead of the catalog (service type `image`)',
  ],
  ECS_ENDPOINT: [
    'from the catalog',
    'URL of ECS, instead of the catalog (service type `compute`): `prune` reads there which images servers were made from',
  ],
  OS_CACERT: 'a CA in PEM, in addition to those that Node knows',
  OS_CERT: 'client certificate in PEM, where a gateway requires one',
  OS_KEY: ['`OS_CERT`', 'its private key in PEM'],
  HTTPS_PROXY:
    'a proxy to the cloud, `http://[user:password@]host:port`, used with CONNECT; or `ALL_PROXY`. Lower-case names work too',
  HTTP_PROXY: 'the same for plain http endpoints',
  NO_PROXY:
    'hosts reached without the proxy, comma-separated: domains with their subdomains, addresses, ranges, `*`. Loopback addresses never go through a proxy',
  OS_CLIENT_CONFIG_FILE: [
    'searched',
    'path of `clouds.yaml`; else `./`, `~/.config/openstack/`, `/etc/openstack/` are searched. `OS_CLIENT_SECURE_FILE` and `OS_CLIENT_VENDOR_FILE` name `secure.yaml` and `clouds-public.yaml`',
  ],
  IMS_FERRY_JOB_API: [
    'project',
    '`project` (`/v1/{project}/jobs/{id}`, OTC) or `progress` (`/v1/cloudimages/job/{id}`, newer Huawei regions); falls back to the other where one is missing',
  ],
  IMS_FERRY_DIALECT: [
    'from the host of IAM or the region',
    '`otc` or `huawei`: the two clouds accept different tags, disk sizes and operating systems',
  ],
  IMS_FERRY_ENTERPRISE_PROJECT_ID:
    'a UUID, `0` (the default one) or `all_granted_eps`: whose images are listed, and where images that name none are created; required for users with rights in one enterprise project only',
  IMS_FERRY_MAX_IN_FLIGHT: [
    '30',
    'images submitted or creating at once, over all workers (IMS allows 40 per tenant)',
  ],
  IMS_FERRY_SUBMIT_CONCURRENCY: ['4', 'creates sent at once, per worker'],
  IMS_FERRY_SUBMIT_RATE: ['60', 'creates per minute, over all workers; 0 = unlimited'],
  IMS_FERRY_POLL_INITIAL_MS: [
    '30000',
    'delay of the first poll, until it is known how long such imports take',
  ],
  IMS_FERRY_POLL_MIN_MS: ['5000', 'shortest pause between polls'],
  IMS_FERRY_POLL_MAX_MS: ['120000', 'longest pause between polls'],
  IMS_FERRY_LOCK_MS: ['30000', "how soon another worker takes over a killed worker's queue job"],
  IMS_FERRY_UNKNOWN_POLICY: [
    'auto',
    'when a create got no response and its image is not found within the window: `auto` creates again only where the image list was measured to show images in time, `resubmit` always (relies on the window being longer than IMS needs to list an image), `hold` never',
  ],
  IMS_FERRY_VERIFY: [
    'warn',
    'what follows where a new image is not as its manifest requested (`--verify`): `warn` notes the differences on the image, `strict` lets the import fail and keeps the image, `off` compares nothing',
  ],
  IMS_FERRY_UNKNOWN_WINDOW_MS: ['900000', 'how long an unknown image is looked up before that'],
  IMS_FERRY_POST_TIMEOUT_MS: ['120000', 'timeout of a create; at most a third of the window'],
  IMS_FERRY_NAMESPACE: [
    'default',
    'name of an installation on a shared Redis; bound to one project',
  ],
  IMS_FERRY_CLOUD:
    'work with the batches of manifests with this `cloud:`, logging in with this entry of `clouds.yaml` alone (`--cloud`)',
  IMS_FERRY_TOKEN_KEY:
    '32 bytes, base64: encrypts the token in Redis. Without it the key is derived from the password, and anyone with a dump of Redis can try passwords slowly',
  IMS_FERRY_STATE_DIR: [
    '~/.local/state/ims-ferry',
    'where a worker records how far the ledger had got, to detect a Redis that was rolled back while no worker ran',
  ],
  IMS_FERRY_ARCHIVE_AFTER:
    '`up` and `watch` archive batches that finished this long ago, such as `30d`; not set: none. See `docs/archive.md`',
  IMS_FERRY_ARCHIVE_DIR: [
    'archive in the state folder',
    'folder for archives, also those of `archive`',
  ],
  IMS_FERRY_CONNECT_TIMEOUT_MS: [
    '10000',
    'how long commands other than `work` wait for Redis; at a terminal 3000 where it is not set',
  ],
  IMS_FERRY_SUBMIT_CHECKS: [
    '1',
    '0: `submit` does not check the quota and the image files first, as with --no-check; `watch` and `up` not the image files',
  ],
  IMS_FERRY_NOTIFY_URL:
    'https address that is notified when batches finish, images are held and the project stops (`--notify`); `IMS_FERRY_NOTIFY_URL_NAME` is another one, which manifests name with `notify: name`. See `docs/notifications.md`',
  IMS_FERRY_NOTIFY_URL_FILE: 'instead: a file with the address; likewise `…_NAME_FILE`',
  IMS_FERRY_NOTIFY_SECRET:
    'secret that signs these notifications: `whsec_` and 24 to 64 bytes in base64; an old one may follow after a blank. `IMS_FERRY_NOTIFY_SECRET_NAME` is that of `IMS_FERRY_NOTIFY_URL_NAME`',
  IMS_FERRY_NOTIFY_SECRET_FILE: 'instead: a file with the secret; likewise `…_NAME_FILE`',
  IMS_FERRY_NOTIFY_ALLOW_PRIVATE: [
    '0',
    '1 allows receivers on this machine and in private networks',
  ],
  IMS_FERRY_DASHBOARD_USER:
    'user of the dashboard; without a login it is read-only and listens on localhost only',
  IMS_FERRY_DASHBOARD_PASSWORD: 'its password, 12 characters or more',
  IMS_FERRY_DASHBOARD_HOSTS:
    'host names the dashboard answers to, comma-separated; addresses and `localhost` always work',
  IMS_FERRY_DASHBOARD_BASE_PATH:
    'path under which a proxy serves the dashboard, such as `/ferry`; see `docs/dashboard-behind-a-proxy.md`',
  IMS_FERRY_DASHBOARD_TRACE_URL:
    'address of a trace for the page of an image, such as `https://jaeger.example/trace/{trace_id}`',
  IMS_FERRY_DASHBOARD_USER_HEADER:
    'header in which an authenticating proxy names the user, such as `X-Forwarded-User`',
  IMS_FERRY_DASHBOARD_PROXIES:
    'addresses and ranges of trusted proxies in front (`10.0.0.7`, `10.0.0.0/24`), comma-separated: that header, and `X-Forwarded-For` for the limit on failed logins, count from them only',
  IMS_FERRY_ALLOW_HTTP: ['0', '1 allows plain http endpoints off loopback'],
  OTEL_EXPORTER_OTLP_ENDPOINT:
    'a collector for traces, such as `http://127.0.0.1:4318`; not set: no traces',
  OTEL_SERVICE_NAME: ['ims-ferry', 'service name in traces'],
  OTEL_SDK_DISABLED: ['false', 'true: no traces, regardless of other settings'],
  LOG_LEVEL: [
    'info',
    'trace, debug, info, warn, error, fatal, silent; `work` logs JSON lines to stderr',
  ],
};

/** Every setting that this version reads; the reference table is generated from it. */
export const SETTINGS: readonly Setting[] = Object.entries(TABLE).map(([name, row]) => {
  const [fallback, meaning] = typeof row === 'string' ? ['', row] : row;
  return { name, default: fallback, meaning };
});

const DEFAULTS = new Map(SETTINGS.map((setting) => [setting.name, setting.default]));

/** As written in the list; empty when there is none. */
export function defaultOf(name: string): string {
  return DEFAULTS.get(name) ?? '';
}
