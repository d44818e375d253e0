import type { Simulator } from './start-simulator.ts';

/** Imports of a few seconds would end unnoticed with the polls that suit a real cloud. */
const QUICK_POLLS = {
  IMS_FERRY_POLL_INITIAL_MS: '1000',
  IMS_FERRY_POLL_MIN_MS: '500',
  IMS_FERRY_POLL_MAX_MS: '5000',
};

/** The settings that log in to this simulator and suit it, by the names of the environment. */
export function environmentOf({ url, credentials }: Simulator): Readonly<Record<string, string>> {
  return {
    OS_AUTH_URL: `${url}/v3`,
    OS_USERNAME: credentials.username,
    OS_PASSWORD: credentials.password,
    OS_USER_DOMAIN_NAME: credentials.userDomainName,
    OS_PROJECT_NAME: credentials.projectName,
    OS_REGION_NAME: credentials.region,
    OS_ACCESS_KEY: credentials.accessKey,
    OS_SECRET_KEY: credentials.secretKey,
    OBS_ENDPOINT: url,
    ...QUICK_POLLS,
  };
}
