import type { Simulator } from '../../simulator/start-simulator.ts';
import type { SoakOptions } from './options.ts';

export type FerryEnv = Readonly<Record<string, string>>;

/** Settings of all processes: those of an account, at a pace that fits minutes for hours. */
export function workerEnv(
  options: SoakOptions,
  { simulator, redisUrl }: { readonly simulator: Simulator; readonly redisUrl: string },
): FerryEnv {
  const { credentials, url } = simulator;
  return {
    REDIS_URL: redisUrl,
    OS_AUTH_URL: `${url}/v3`,
    OS_USERNAME: credentials.username,
    OS_PASSWORD: credentials.password,
    OS_USER_DOMAIN_NAME: credentials.userDomainName,
    OS_PROJECT_NAME: credentials.projectName,
    OS_REGION_NAME: credentials.region,
    IMS_FERRY_NAMESPACE: 'soak',
    IMS_FERRY_UNKNOWN_POLICY: options.policy,
    IMS_FERRY_UNKNOWN_WINDOW_MS: String(options.windowMs),
    IMS_FERRY_MAX_IN_FLIGHT: String(options.maxInFlight),
    IMS_FERRY_SUBMIT_RATE: String(options.rate),
    IMS_FERRY_LOCK_MS: String(options.lockMs),
    IMS_FERRY_POLL_INITIAL_MS: '500',
    IMS_FERRY_POLL_MIN_MS: '200',
    IMS_FERRY_POLL_MAX_MS: '1000',
    // A key of its own: deriving one from the password takes each new worker a while.
    IMS_FERRY_TOKEN_KEY: Buffer.alloc(32, 'soak').toString('base64'),
  };
}
