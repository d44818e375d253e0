import type { Simulator } from '../../simulator/start-simulator.ts';
import type { FerryEnv } from '../soak/worker-env.ts';

/** The settings of an account, and no others but what a bench adds. */
export function ferryEnv(simulator: Simulator, redisUrl: string, more: FerryEnv = {}): FerryEnv {
  const { credentials, url } = simulator;
  return {
    REDIS_URL: redisUrl,
    OS_AUTH_URL: `${url}/v3`,
    OS_USERNAME: credentials.username,
    OS_PASSWORD: credentials.password,
    OS_USER_DOMAIN_NAME: credentials.userDomainName,
    OS_PROJECT_NAME: credentials.projectName,
    OS_REGION_NAME: credentials.region,
    LOG_LEVEL: 'warn',
    // Deriving one from the password would be measured along.
    IMS_FERRY_TOKEN_KEY: Buffer.alloc(32, 'bench').toString('base64'),
    ...more,
  };
}
