import { expect } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv, doubles } from './account.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { type FerryEnv, runFerry } from './ferry.ts';
import { manifestFile } from './manifest-file.ts';

/** What every test of a fault sets: a window that ends within a test. */
export const SHORT_WINDOW = {
  IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
  IMS_FERRY_POST_TIMEOUT_MS: '1000',
  IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
};

/** For tests in which no create is to become unclear because the machine is slow. */
export const PATIENT = {
  IMS_FERRY_UNKNOWN_WINDOW_MS: '60000',
  IMS_FERRY_POST_TIMEOUT_MS: '20000',
};

/** As `accountEnv`, with IAM and IMS behind a proxy: the catalog names the host of the request. */
export function behindProxy(
  simulator: Simulator,
  proxy: FaultProxy,
  on: { readonly redisUrl: string; readonly env: FerryEnv },
): FerryEnv {
  return accountEnv(simulator, on.redisUrl, {
    ...SHORT_WINDOW,
    ...on.env,
    OS_AUTH_URL: `http://${proxy.host}/v3`,
  });
}

/** Submits `count` images in a batch of this name and waits for them. */
export async function submitAll(
  name: string,
  count: number,
  env: FerryEnv,
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  return runFerry(['submit', '--wait', await manifestFile(name, count)], env);
}

/** All imported, each created once. */
export function expectOnce(
  simulator: Simulator,
  count: number,
  run: { readonly code: number | string; readonly stderr: string },
): void {
  expect(run.stderr).toContain(`${count}/${count} done (${count} succeeded)`);
  expect(run.code).toBe(0);
  expect(simulator.accepted).toHaveLength(count);
  expect(doubles(simulator)).toEqual([]);
}

interface StatusOfImage {
  readonly state: string;
  readonly held: boolean;
  readonly job_id: string | null;
  readonly image_id: string | null;
  readonly error: { readonly code: string } | null;
}

export async function imagesOf(batch: string, env: FerryEnv): Promise<readonly StatusOfImage[]> {
  const { stdout } = await runFerry(['status', batch, '--json'], env);
  return (JSON.parse(stdout) as { images: StatusOfImage[] }).images;
}
