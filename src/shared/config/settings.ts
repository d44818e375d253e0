import { ACCOUNT_SETTINGS } from './account-settings.ts';
import type { Setting } from './setting.ts';

/** Every setting that this version reads. The README's table is generated from it. */
export const SETTINGS = [
  {
    name: 'REDIS_URL',
    default: 'redis://127.0.0.1:6379',
    meaning:
      '`redis://[user:password@]host:port[/db]`, `rediss://` for TLS, `unix:///path`, `redis+sentinel://host,host/name`, `redis+cluster://host,host`; see `docs/redis.md`',
  },
  { name: 'REDIS_PASSWORD_FILE', default: '', meaning: 'a file whose first line is its password' },
  {
    name: 'IMS_FERRY_REDIS_SENTINEL_PASSWORD',
    default: '',
    meaning: 'of the sentinels, where they have one',
  },
  { name: 'IMS_FERRY_REDIS_CA_FILE', default: '', meaning: 'the CA of `rediss://`, in PEM' },
  {
    name: 'IMS_FERRY_REDIS_CERT_FILE',
    default: '',
    meaning: 'our certificate for Redis, in PEM; with `IMS_FERRY_REDIS_KEY_FILE`',
  },
  { name: 'IMS_FERRY_REDIS_KEY_FILE', default: '', meaning: 'its private key' },
  ...ACCOUNT_SETTINGS,
  {
    name: 'IMS_FERRY_JOB_API',
    default: 'project',
    meaning:
      '`project` (`/v1/{project}/jobs/{id}`, OTC) or `progress` (`/v1/cloudimages/job/{id}`, newer Huawei regions); where one is missing the other is used',
  },
  {
    name: 'IMS_FERRY_DIALECT',
    default: 'from the host of IAM or the region',
    meaning:
      '`otc` or `huawei`: what the two clouds allow differs (tags, disk sizes, operating systems)',
  },
  {
    name: 'IMS_FERRY_ENTERPRISE_PROJECT_ID',
    default: '',
    meaning:
      'a UUID, `0` (the default one) or `all_granted_eps`: whose images are listed, and where images are created that name none; needed by users with rights in an enterprise project only',
  },
  {
    name: 'IMS_FERRY_MAX_IN_FLIGHT',
    default: '30',
    meaning: "images in IMS's hands at once, over all workers (IMS: 40 a tenant)",
  },
  {
    name: 'IMS_FERRY_SUBMIT_CONCURRENCY',
    default: '4',
    meaning: 'creates being sent at once, a worker',
  },
  {
    name: 'IMS_FERRY_SUBMIT_RATE',
    default: '60',
    meaning: 'creates within any minute, over all workers; 0 = unlimited',
  },
  {
    name: 'IMS_FERRY_POLL_INITIAL_MS',
    default: '30000',
    meaning: 'first poll, until it is known how long such imports take',
  },
  { name: 'IMS_FERRY_POLL_MIN_MS', default: '5000', meaning: 'shortest pause between polls' },
  { name: 'IMS_FERRY_POLL_MAX_MS', default: '120000', meaning: 'longest pause between polls' },
  {
    name: 'IMS_FERRY_LOCK_MS',
    default: '30000',
    meaning: "how soon a killed worker's queue job is taken over",
  },
  {
    name: 'IMS_FERRY_UNKNOWN_POLICY',
    default: 'auto',
    meaning:
      'when a create has no answer and its image is not found after the window: `auto` sends again only where the list was measured to show images in time, `resubmit` always (rests on the window being longer than IMS needs to list an image), `hold` never',
  },
  {
    name: 'IMS_FERRY_UNKNOWN_WINDOW_MS',
    default: '900000',
    meaning: 'how long an unknown create is looked up before that',
  },
  {
    name: 'IMS_FERRY_POST_TIMEOUT_MS',
    default: '120000',
    meaning: 'how long a create may take; never above a third of the window',
  },
  {
    name: 'IMS_FERRY_NAMESPACE',
    default: 'default',
    meaning: 'one installation on a shared Redis; bound to one project',
  },
  {
    name: 'IMS_FERRY_CLOUD',
    default: '',
    meaning:
      'the batches of manifests with this `cloud:`, with the login of this entry of `clouds.yaml` alone (`--cloud`)',
  },
  {
    name: 'IMS_FERRY_TOKEN_KEY',
    default: '',
    meaning:
      '32 bytes, base64: encrypts the token in Redis. Without it the key is derived from the password, and who has a dump of Redis can guess passwords slowly',
  },
  {
    name: 'IMS_FERRY_STATE_DIR',
    default: '~/.local/state/ims-ferry',
    meaning:
      'where a worker remembers how far the ledger had come, to notice a Redis that was rolled back while no worker ran',
  },
  {
    name: 'IMS_FERRY_ARCHIVE_AFTER',
    default: '',
    meaning:
      '`up` and `watch` archive batches that have finished so long ago, such as `30d`; not set: none. See `docs/archive.md`',
  },
  {
    name: 'IMS_FERRY_ARCHIVE_DIR',
    default: 'archive in the state folder',
    meaning: 'where archives go, also those of `archive`',
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
      '0: `submit` does not ask for the quota and the source objects first, as with --no-check',
  },
  {
    name: 'IMS_FERRY_DASHBOARD_USER',
    default: '',
    meaning:
      'user of the dashboard; without a login it is there for this machine only, and changes nothing',
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
      'names under which the dashboard may be opened, with commas; addresses and `localhost` always work',
  },
  {
    name: 'IMS_FERRY_DASHBOARD_BASE_PATH',
    default: '',
    meaning:
      'path under which a proxy shows the dashboard, such as `/ferry`; see `docs/dashboard-behind-a-proxy.md`',
  },
  {
    name: 'IMS_FERRY_DASHBOARD_USER_HEADER',
    default: '',
    meaning:
      'header in which a proxy that has checked who asks names the user, such as `X-Forwarded-User`',
  },
  {
    name: 'IMS_FERRY_DASHBOARD_PROXIES',
    default: '',
    meaning:
      'addresses and ranges of proxies in front (`10.0.0.7`, `10.0.0.0/24`), with commas; only they are believed who asks: by that header, and by `X-Forwarded-For` for the limit of wrong logins',
  },
  {
    name: 'IMS_FERRY_ALLOW_HTTP',
    default: '0',
    meaning: '1 accepts plain http endpoints off loopback',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: '',
    meaning: 'a collector for traces, such as `http://127.0.0.1:4318`; without it there are none',
  },
  { name: 'OTEL_SERVICE_NAME', default: 'ims-ferry', meaning: 'name of the service in traces' },
  { name: 'OTEL_SDK_DISABLED', default: 'false', meaning: 'true: no traces, whatever else is set' },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    meaning:
      'trace, debug, info, warn, error, fatal, silent; `work` writes JSON lines to standard error',
  },
] as const satisfies readonly Setting[];
