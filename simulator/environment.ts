import type { Simulator } from './start-simulator.ts';

/** Imports of a few seconds would end unnoticed with the polls that suit a real cloud. */
const QUICK_POLLS = {
  IMS_FERRY_POLL_INITIAL_MS: '1000',
  IMS_FERRY_POLL_MIN_MS: '500',
  IMS_FERRY_POLL_MAX_MS: '5000',
};

type Account = Pick<Simulator, 'url' | 'credentials'>;
type Environment = Readonly<Record<string, string>>;

/** The settings that log in to this simulator with its password, by the names of the environment. */
export function passwordLogin({ url, credentials }: Account): Environment {
  return {
    OS_AUTH_URL: `${url}/v3`,
    OS_USERNAME: credentials.username,
    OS_PASSWORD: credentials.password,
    OS_USER_DOMAIN_NAME: credentials.userDomainName,
    OS_PROJECT_NAME: credentials.projectName,
    OS_REGION_NAME: credentials.region,
  };
}

/** The same with the keys for OBS, and with polls that suit this simulator. */
export function environmentOf(simulator: Account): Environment {
  const { url, credentials } = simulator;
  return {
    ...passwordLogin(simulator),
    OS_ACCESS_KEY: credentials.accessKey,
    OS_SECRET_KEY: credentials.secretKey,
    OBS_ENDPOINT: url,
    ...QUICK_POLLS,
  };
}
