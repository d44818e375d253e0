import type { Command } from 'commander';
import { type CloudChecks, examineCloud, examineObs } from '../../operator/doctor/check-cloud.ts';
import { examineNotify } from '../../operator/doctor/check-notify.ts';
import { examineRedis, type RedisChecks } from '../../operator/doctor/check-redis.ts';
import {
  exitCodeOf,
  type Finding,
  failed,
  ok,
  skipped,
  warning,
} from '../../operator/doctor/finding.ts';
import { createHttp } from '../../shared/cloud/http/http.ts';
import { createImsClient } from '../../shared/cloud/ims/ims-client.ts';
import { createObsClient } from '../../shared/cloud/obs/obs-client.ts';
import { ownSessions, type Session } from '../../shared/cloud/session/session.ts';
import { createSessions } from '../../shared/cloud/session/sessions.ts';
import type { CloudConfig, ObsConfig } from '../../shared/config/cloud/cloud-config.ts';
import {
  loadCloudConfig,
  loadObsConfig,
  openReader,
} from '../../shared/config/cloud/load-cloud.ts';
import { type Config, loadConfig } from '../../shared/config/config.ts';
import { safeRedisUrl } from '../../shared/config/redis-config.ts';
import { ConfigError, type ExitCode, RedisError } from '../../shared/errors/errors.ts';
import { ledgerKeys } from '../../shared/ledger/ledger-keys.ts';
import { ProjectStore } from '../../shared/ledger/project-store.ts';
import { silentLogger } from '../../shared/log/logger.ts';
import { connectRedis } from '../../shared/redis/connect.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { systemRandom } from '../../shared/runtime/random.ts';
import type { CommandContext } from '../command.ts';
import { type Io, printJson } from '../io.ts';
import { waitingFor } from '../open/open-ledger.ts';

interface DoctorFlags {
  readonly json?: true;
  readonly bucket?: string;
  readonly notify?: true;
}

export function doctorCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option('--bucket <bucket>', 'also check that this bucket can be read')
    .option('--notify', 'also send a test to everybody who is notified')
    .option('--json', 'print data only')
    .action((flags: DoctorFlags) => run(doctor(flags, io)));
}

/** Checks everything an import needs, one after the other, and shows what to fix. */
async function doctor({ json, bucket, notify }: DoctorFlags, io: Io): Promise<ExitCode> {
  const findings: Finding[] = [];
  let lastAdvice: string | undefined;
  for await (const finding of examine({ bucket, notify }, io)) {
    findings.push(finding);
    // Several problems with the same advice show it once.
    const isRepeated = finding.advice === lastAdvice;
    if (!json) for (const line of linesOf(finding, isRepeated, widthOf(io))) io.out(line);
    lastAdvice = finding.advice;
  }
  const exitCode = exitCodeOf(findings);
  if (json) printJson(io, { ok: exitCode === 0, findings });
  return exitCode;
}

const WIDTH = 10;
const LEAST_TEXT = 30;

/** Elsewhere a line is as long as its text: people search and cut it. */
function widthOf({ outTerminal, columns }: Io): number {
  return outTerminal ? Math.max(LEAST_TEXT, columns - 2 * WIDTH) : Number.POSITIVE_INFINITY;
}

function linesOf(
  { area, state, said, advice }: Finding,
  isRepeated: boolean,
  width: number,
): readonly string[] {
  const advised = advice === undefined || isRepeated ? [] : wrap(advice, width);
  const heads = [`${state.padEnd(WIDTH)}${area.padEnd(WIDTH)}`];
  return [...wrap(said, width), ...advised].map(
    (text, at) => `${heads[at] ?? ' '.repeat(2 * WIDTH)}${text}`,
  );
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

type Redis = Awaited<ReturnType<typeof connectRedis>>;

async function* examine(
  { bucket, notify }: { readonly bucket: string | undefined; readonly notify: true | undefined },
  io: Io,
): AsyncGenerator<Finding> {
  const config = yield* settingsOf(() => loadConfig(io.env));
  if (!config) return;
  const wanted = { env: io.env, cloud: config.cloud };
  const cloud = yield* settingsOf(() => loadCloudConfig(wanted));
  // Only when the login is fine: both report the same problems.
  const obs = cloud && (yield* settingsOf(() => loadObsConfig(wanted)));
  if (cloud) {
    const name = cloud.name === undefined ? '' : `cloud ${cloud.name}, `;
    yield ok('settings', `${name}log in at ${cloud.authUrl}`);
    const { misspelt } = await openReader(wanted, { oneIsEnough: true });
    for (const text of misspelt) yield warning('settings', text);
  }
  const redis = yield* openRedis(config, io);
  try {
    const keys = ledgerKeys(config.namespace);
    const ledger = redis && { redis, prefix: keys.prefix, project: new ProjectStore(redis, keys) };
    const where = safeRedisUrl(config.redisUrl);
    if (ledger) yield* examineRedis({ ...ledger, where, now: () => systemClock.now() });
    if (cloud) yield* examineAccount({ config, cloud, obs, bucket, ledger });
    else yield skipped('IAM', 'the login is incomplete');
  } finally {
    redis?.disconnect();
  }
  if (notify) yield* examineNotify({ ...config, clock: systemClock, random: systemRandom });
}

/** Every problem of the settings is a finding of its own. */
async function* settingsOf<T>(load: () => T | Promise<T>): AsyncGenerator<Finding, T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const issue of error.issues) yield failed('settings', issue, error.advice);
    return undefined;
  }
}

async function* openRedis(config: Config, io: Io): AsyncGenerator<Finding, Redis | undefined> {
  const { connectTimeoutMs, redisUrl, redis: access } = config;
  const onWaiting = (line: string): void => io.err(line);
  const at = { connectTimeoutMs, access, onWaiting, signal: io.stop, clock: systemClock };
  try {
    return await connectRedis(redisUrl, { ...at, ...waitingFor(config, io), wait: false });
  } catch (error) {
    if (!(error instanceof RedisError)) throw error;
    yield failed('Redis', error.message, error.advice);
    return undefined;
  }
}

interface Account {
  readonly config: Config;
  readonly cloud: CloudConfig;
  readonly obs: ObsConfig | undefined;
  readonly bucket: string | undefined;
  /** Absent: Redis cannot be reached. */
  readonly ledger: Pick<RedisChecks, 'redis' | 'prefix' | 'project'> | undefined;
}

async function* examineAccount(account: Account): AsyncGenerator<Finding> {
  const { config, cloud, bucket } = account;
  const clock = systemClock;
  const http = createHttp({ allowHttp: config.allowHttp, clock, network: cloud.network });
  try {
    const obs = account.obs && createObsClient({ http, obs: account.obs, clock });
    yield* examineCloud(cloudChecks({ ...account, http }));
    yield* examineObs(obs, bucket);
  } finally {
    await http.close();
  }
}

/** With Redis the login is the workers' own: one that was refused minutes ago is not tried again. */
function cloudChecks({
  config,
  cloud,
  obs,
  http,
  ledger,
}: Account & Pick<CloudChecks, 'http'>): CloudChecks {
  const clock = systemClock;
  const login = { http, cloud, clock, log: silentLogger() };
  const shared = ledger && {
    ...{ redis: ledger.redis, prefix: `${ledger.prefix}token:` },
    ...{ random: systemRandom, config },
  };
  const sessions = shared ? createSessions({ ...login, ...shared }) : ownSessions(login);
  const project = ledger?.project;
  const checkBound = async ({ projectId, imsEndpoint }: Session): Promise<void> => {
    await project?.checkBound(projectId);
    await project?.claim.check(projectId, imsEndpoint);
  };
  return omitUndefined({
    ...{ cloud, http, sessions, clock },
    ims: createImsClient({ http, sessions, ...cloud }),
    isSigning: cloud.credential.method === 'keys' || obs !== undefined,
    checkBound: project && checkBound,
  });
}
