import { passwordLogin } from '../../simulator/environment.ts';
import type { Simulator } from '../../simulator/start-simulator.ts';
import type { FerryEnv } from './ferry.ts';

/** Settings for a test's pace, whichever cloud it works on. */
export const PACE: FerryEnv = {
  IMS_FERRY_SUBMIT_RATE: '0',
  // Tests count the requests of the worker to the cloud; the checks have tests of their own.
  IMS_FERRY_SUBMIT_CHECKS: '0',
  IMS_FERRY_POLL_INITIAL_MS: '200',
  IMS_FERRY_POLL_MIN_MS: '100',
  IMS_FERRY_POLL_MAX_MS: '1000',
  IMS_FERRY_LOCK_MS: '2000',
  IMS_FERRY_TOKEN_KEY: 'QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=',
};

/** The environment of a process that works on this simulator over this Redis, at a test's pace. */
export function accountEnv(simulator: Simulator, redisUrl: string, more: FerryEnv = {}): FerryEnv {
  return {
    REDIS_URL: redisUrl,
    ...passwordLogin(simulator),
    ...PACE,
    ...more,
  };
}

/** The settings that the command `simulator` has printed. */
export function exported(stdout: string): FerryEnv {
  return Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** How often each import was accepted by the cloud: the judge of every test. */
export function createsByMarker(simulator: Simulator): ReadonlyMap<string, number> {
  const creates = new Map<string, number>();
  for (const { marker, name } of simulator.accepted) {
    const key = marker ?? `without marker: ${name}`;
    creates.set(key, (creates.get(key) ?? 0) + 1);
  }
  return creates;
}

/** The imports that were created more than once. */
export function doubles(simulator: Simulator): readonly string[] {
  return [...createsByMarker(simulator)].filter(([, count]) => count > 1).map(([key]) => key);
}
