import { type CloudPatient, examineCloud, examineObs } from '../operator/doctor/examine-cloud.ts';
import { examineRedis } from '../operator/doctor/examine-redis.ts';
import { exitCodeOf, type Finding, failed, ok, skipped } from '../operator/doctor/finding.ts';
import { createHttp } from '../shared/cloud/http/http.ts';
import { createImsClient, createReader } from '../shared/cloud/ims/ims-client.ts';
import { createObsClient } from '../shared/cloud/obs/obs-client.ts';
import { ownSessions, type Session } from '../shared/cloud/session/session.ts';
import { createSessions } from '../shared/cloud/session/sessions.ts';
import { loadCloudConfig, loadObsConfig } from '../shared/config/cloud/load-cloud.ts';
import type { CloudConfig, Config } from '../shared/config/config.ts';
import { loadConfig } from '../shared/config/load-config.ts';
import type { ObsConfig } from '../shared/config/obs-config.ts';
import { safeRedisUrl } from '../shared/config/redis-url.ts';
import { ConfigError, type ExitCode, RedisError } from '../shared/errors/errors.ts';
import { ledgerKeys } from '../shared/ledger/ledger-keys.ts';
import { ProjectLedger } from '../shared/ledger/project-ledger.ts';
import { silentLogger } from '../shared/log/logger.ts';
import { connectRedis } from '../shared/redis/connect.ts';
import { systemClock } from '../shared/runtime/clock.ts';
import { systemRandom } from '../shared/runtime/random.ts';
import type { Io } from './io.ts';

export interface DoctorOptions {
  readonly json: boolean;
  /** Looked at beside the keys of OBS. */
  readonly bucket?: string;
}

type Redis = Awaited<ReturnType<typeof connectRedis>>;

/** `doctor`: looks at everything that an import needs, one by one, and says what to mend. */
export async function doctor(options: DoctorOptions, io: Io): Promise<ExitCode> {
  const findings: Finding[] = [];
  let advised: string | undefined;
  for await (const finding of examine(options, io)) {
    findings.push(finding);
    // What is wrong with several settings is mended in one way.
    const isSaid = finding.advice !== undefined && finding.advice === advised;
    if (!options.json) for (const line of linesOf(finding, isSaid)) io.out(line);
    advised = finding.advice;
  }
  const exitCode = exitCodeOf(findings);
  if (options.json) io.out(JSON.stringify({ ok: exitCode === 0, findings }));
  return exitCode;
}

const WIDTH = 10;

function linesOf({ area, state, said, advice }: Finding, isSaid: boolean): readonly string[] {
  const head = `${state.padEnd(WIDTH)}${area.padEnd(WIDTH)}`;
  return [
    `${head}${said}`,
    ...(advice === undefined || isSaid ? [] : [`${' '.repeat(2 * WIDTH)}${advice}`]),
  ];
}

async function* examine(options: DoctorOptions, io: Io): AsyncGenerator<Finding> {
  const config = yield* settled(() => loadConfig(io.env));
  if (!config) return;
  const wanted = { env: io.env, cloud: config.cloud };
  const cloud = yield* settled(() => loadCloudConfig(wanted));
  // What is wrong with both was told.
  const obs = cloud && (yield* settled(() => loadObsConfig(wanted)));
  if (cloud) yield ok('settings', whereFrom(cloud));
  const redis = yield* openRedis(config, io);
  try {
    if (redis) yield* examineRedis(redisPatient(config, redis));
    if (cloud) yield* lookAtCloud({ options, config, cloud }, redis, obs);
    else yield skipped('IAM', 'the settings of the login are not whole');
  } finally {
    redis?.disconnect();
  }
}

function whereFrom({ name, authUrl }: CloudConfig): string {
  return name === undefined ? `log in at ${authUrl}` : `cloud ${name}, log in at ${authUrl}`;
}

/** Every problem of settings is a finding of its own. */
async function* settled<T>(load: () => T | Promise<T>): AsyncGenerator<Finding, T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const issue of error.issues) yield failed('settings', issue, error.advice);
    return undefined;
  }
}

async function* openRedis(config: Config, io: Io): AsyncGenerator<Finding, Redis | undefined> {
  const { connectTimeoutMs } = config;
  const quiet = { wait: false, onWaiting: () => undefined, signal: io.stop, clock: systemClock };
  try {
    return await connectRedis(config.redisUrl, {
      connectTimeoutMs,
      access: config.redis,
      ...quiet,
    });
  } catch (error) {
    if (!(error instanceof RedisError)) throw error;
    yield failed('Redis', error.message, error.advice);
    return undefined;
  }
}

function redisPatient(config: Config, redis: Redis) {
  const keys = ledgerKeys(config.namespace);
  const project = new ProjectLedger(redis, keys);
  const now = () => systemClock.now();
  return { redis, where: safeRedisUrl(config.redisUrl), prefix: keys.prefix, project, now };
}

interface Account {
  readonly options: DoctorOptions;
  readonly config: Config;
  readonly cloud: CloudConfig;
}

async function* lookAtCloud(
  { options, config, cloud }: Account,
  redis: Redis | undefined,
  obsConfig: ObsConfig | undefined,
): AsyncGenerator<Finding> {
  const clock = systemClock;
  const http = createHttp({ allowHttp: config.allowHttp, clock, network: cloud.network });
  try {
    const obs = obsConfig && createObsClient({ http, obs: obsConfig, clock });
    const patient = patientOf({ config, cloud, http }, redis);
    yield* examineCloud({ ...patient, ...(obs && { obs }) });
    yield* examineObs(obs, options.bucket);
  } finally {
    await http.close();
  }
}

/** With Redis as the workers do: a login that was refused minutes ago is not tried again. */
function patientOf(
  { config, cloud, http }: Omit<Account, 'options'> & Pick<CloudPatient, 'http'>,
  redis: Redis | undefined,
): Omit<CloudPatient, 'obs'> {
  const clock = systemClock;
  const log = silentLogger();
  const { prefix } = ledgerKeys(config.namespace);
  const shared = redis && { redis, prefix: `${prefix}token:`, random: systemRandom, config };
  const base = { http, cloud, clock, log };
  const sessions = shared ? createSessions({ ...base, ...shared }) : ownSessions(base);
  const ims = createImsClient({ http, sessions, ...cloud });
  const project = redis && new ProjectLedger(redis, ledgerKeys(config.namespace));
  const bound = project && {
    checkBound: async ({ projectId, imsEndpoint }: Session) => {
      await project.checkBound(projectId);
      await project.claim.check(projectId, imsEndpoint);
    },
  };
  const reader = createReader(http, sessions);
  const path = () => '/v1/cloudimages/os_version';
  const parse = (body: unknown) => (Array.isArray(body) ? body : undefined);
  const osVersions = () => reader.read({ operation: 'os_version', path, parse });
  return { cloud, http, sessions, ims, clock, osVersions, ...bound };
}
