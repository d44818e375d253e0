import { expect, onTestFinished } from 'vitest';
import {
  type Simulator,
  type SimulatorSettings,
  startSimulator,
} from '../../simulator/start-simulator.ts';
import { type Clock, systemClock } from '../../src/shared/runtime/clock.ts';
import { until } from '../support/until.ts';

export const PROJECT = '0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6';
export const SYSTEM = {
  name: 'ims_test_file',
  image_url: 'ims-image:centos70.qcow2',
  os_version: 'CentOS 7.0 64bit',
  min_disk: 40,
  image_tags: [{ key: 'k', value: 'v' }],
};
export const LOGIN = (password: string) => ({
  auth: {
    identity: {
      methods: ['password'],
      password: {
        user: { name: 'demo', password, domain: { name: 'OTC00000000001000000001' } },
      },
    },
    scope: { project: { name: 'eu-de_demo' } },
  },
});

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

/** A simulator with a hand-moved clock (or a given one), and a plain client that knows nothing of ours. */
export async function cloud(settings: SimulatorSettings = {}, realClock?: Clock) {
  const opened = await openCloud(settings, realClock);
  onTestFinished(() => opened.simulator.close());
  return opened;
}

/** The same, to be closed by its caller. */
export async function openCloud(settings: SimulatorSettings = {}, realClock?: Clock) {
  const time = { now: Date.UTC(2026, 0, 1) };
  const clock: Clock = realClock ?? { ...systemClock, now: () => time.now };
  const simulator = await startSimulator({ duration: 10_000, ...settings }, clock);
  const call = async (
    method: string,
    path: string,
    { body, token = '' }: { body?: unknown; token?: string } = {},
  ): Promise<Answer> => {
    const response = await fetch(`${simulator.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'x-auth-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
    return { status: response.status, body: json, headers: response.headers };
  };
  const login = await call('POST', '/v3/auth/tokens', { body: LOGIN('demo-password') });
  const token = login.headers.get('x-subject-token') ?? '';
  return {
    simulator,
    time,
    login,
    token,
    call,
    get: (path: string) => call('GET', path, { token }),
    post: (path: string, body: unknown) => call('POST', path, { body, token }),
  };
}

export const CREATE = '/v2/cloudimages/action';

/**
 * Sends a create that gets no answer, and hangs up once a later request had its own. Fails when there
 * was an answer; a connection that is cut is none.
 */
export async function createInVain(
  { simulator, token }: { readonly simulator: Simulator; readonly token: string },
  body: unknown,
): Promise<void> {
  const gone = new AbortController();
  const call = fetch(`${simulator.url}${CREATE}`, {
    method: 'POST',
    headers: { 'x-auth-token': token },
    body: JSON.stringify(body),
    signal: gone.signal,
  });
  const unanswered = expect(call).rejects.toThrow();
  await until(() => simulator.stats.posts === 1);
  await (await fetch(`${simulator.url}/v3/auth/catalog`)).text();
  gone.abort();
  await unanswered;
}
