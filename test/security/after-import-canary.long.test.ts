import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, spawnFerry } from '../support/ferry.ts';
import { importedWorld } from '../support/imported-images.ts';
import { textFile } from '../support/manifest-file.ts';
import { type OwnRedis, ownRedis } from '../support/own-redis.ts';
import { A, PARTNERS, partnersYaml } from '../support/partners.ts';
import { needing } from '../support/programs.ts';
import { rawServer } from '../support/raw-server.ts';
import { until } from '../support/until.ts';
import { findCanaries, type Place, placeOfProcess, placesOfRedis } from './find-canaries.ts';

const CANARIES = {
  'token of OBS': 'canary-security-token-of-obs',
  'secret key': 'canary-secret-key-of-obs',
  'password of a partner': 'canary-partner-Passw0rd',
  'path of a receiver': 'canary0receiver0path',
  'login of a receiver': 'canary-receiver-Passw0rd',
  'signing key': Buffer.from('canary-signing-key-of-32-bytes-!').toString('base64'),
};

/** Says no, and repeats all that it was sent. */
function echoed(request: IncomingMessage, body: string, status: number) {
  const all = `${request.url} ${JSON.stringify(request.headers)} ${body}`;
  const code = status === 400 ? 'IMG.0057' : 'APIGW.0302';
  const error = { code, message: all };
  return { status, text: JSON.stringify({ error, error_code: code, error_msg: all }) };
}

/** IMS of a simulator: what changes images that exist is refused, with all that was sent. */
async function echoingIms(simulator: Simulator, status: number) {
  const refused: string[] = [];
  const { url } = await rawServer((request, response, body) => {
    const { method = 'GET', url: path = '/' } = request;
    const pass = async (): Promise<void> => {
      const isChange = /\/(members|tags)\b/.test(path) || ['PATCH', 'DELETE'].includes(method);
      if (isChange && method !== 'GET') {
        refused.push(`${method} ${path}`);
        const { text } = echoed(request, body, status);
        response.writeHead(status, { 'content-type': 'application/json' }).end(text);
        return;
      }
      const token = String(request.headers['x-auth-token'] ?? '');
      const headers = { 'content-type': 'application/json', 'x-auth-token': token };
      const answer = await fetch(`${simulator.url}${path}`, {
        ...{ method, headers },
        ...(method === 'POST' && { body }),
      });
      const date = answer.headers.get('date') ?? '';
      response.writeHead(answer.status, { 'content-type': 'application/json', date });
      response.end(await answer.text());
    };
    pass().catch(() => response.destroy());
  });
  return { url, refused };
}

function echoingObs(status: number) {
  return rawServer((request: IncomingMessage, response: ServerResponse, body) => {
    const all = `${request.url} ${JSON.stringify(request.headers)} ${body}`;
    response.writeHead(status, { 'x-amz-request-id': 'r', 'content-type': 'application/xml' });
    response.end(
      `<?xml version="1.0"?><Error><Code>Odd</Code><Message>${all.replace(/[<&]/g, '')}</Message></Error>`,
    );
  });
}

interface Scene {
  readonly simulator: Simulator;
  readonly redis: OwnRedis;
  readonly places: Place[];
  run(args: readonly string[], env: FerryEnv, enough?: () => Promise<void>): Promise<void>;
}

async function openScene(): Promise<Scene> {
  const redis = await ownRedis();
  const simulator = await cloud({ duration: 100, projects: PARTNERS });
  const places: Place[] = [];
  const run: Scene['run'] = async (args, more, enough) => {
    const env = accountEnv(simulator, redis.url, { LOG_LEVEL: 'trace', ...more });
    const ferry = spawnFerry(args, env);
    places.push(...(await placeOfProcess(ferry.process.pid)));
    await enough?.();
    if (enough) ferry.process.kill('SIGTERM');
    const name = `ims-ferry ${args.join(' ')} (${await ferry.exited})`;
    places.push({ name: `stdout of ${name}`, content: ferry.stdout() });
    places.push({ name: `stderr of ${name}`, content: ferry.stderr() });
  };
  return { simulator, redis, places, run };
}

const manifest = (tag: string): string => `name: web
retention: [{ family: "web-*", keep_last: 1 }]
images:
  - { name: web-1, image_url: "bucket:images/web-1.qcow2", min_disk: 40, tags: [stage.${tag}], members: [${A}], accept_as: partner-a }
  - { name: web-2, image_url: "bucket:images/web-2.qcow2", min_disk: 40 }
`;

/** What becomes of images after their import, in a cloud that refuses and repeats everything. */
async function changes({ simulator, redis, run }: Scene, receiverUrl: string): Promise<void> {
  const world = importedWorld(simulator, redis.client);
  await world.imported('web-1', 1);
  await world.imported('web-2', 2);
  await world.failed('left');
  const secret = `whsec_${CANARIES['signing key']}`;
  const OS_CLIENT_CONFIG_FILE = await partnersYaml(simulator, CANARIES['password of a partner']);
  for (const status of [400, 403]) {
    const ims = await echoingIms(simulator, status);
    const env = {
      ...{ IMS_ENDPOINT: ims.url, OS_CLIENT_CONFIG_FILE },
      ...{ IMS_FERRY_NOTIFY_URL: receiverUrl, IMS_FERRY_NOTIFY_SECRET: secret },
      ...{ IMS_FERRY_NOTIFY_ALLOW_PRIVATE: '1', IMS_FERRY_ALLOW_HTTP: '1' },
    };
    const file = await textFile('web.yaml', manifest(`s${status}`));
    await run(['plan', file], env);
    await run(['submit', '--update', '--no-check', file], env);
    await run(['prune', file, '--yes'], env);
    await run(['reconcile', '--clean', '--yes'], env);
    await run(['doctor', '--notify'], env);
    await run(['work'], env, () => until(() => ims.refused.some((one) => one.includes('members'))));
    await run(['report', 'web', '--json'], env);
    const methods = ims.refused.map((one) => one.split(' ', 1).join());
    expect(new Set(methods)).toEqual(new Set(['DELETE', 'POST']));
  }
}

/** Everything that reads files, from an OBS that repeats what it was sent. */
async function reads({ run }: Scene): Promise<void> {
  for (const status of [400, 403, 500]) {
    const obs = await echoingObs(status);
    const env = {
      ...{ OBS_ENDPOINT: obs.url, OS_ACCESS_KEY: 'CANARYKEY', OBS_PATH_STYLE: '1' },
      ...{ OS_SECRET_KEY: CANARIES['secret key'], OS_SECURITY_TOKEN: CANARIES['token of OBS'] },
    };
    const image = '{ name: auto-1, image_url: "bucket:images/auto-1.qcow2", min_disk: auto }';
    const file = await textFile('auto.yaml', `name: auto\nimages:\n  - ${image}\n`);
    await run(['plan', file], env);
    await run(['submit', file], env);
    await run(['doctor', '--bucket', 'bucket'], env);
    expect(obs.seen.length).toBeGreaterThan(0);
  }
}

test(
  'secrets of receivers, partners and OBS are nowhere, whatever is repeated to us',
  needing('redis-server'),
  async () => {
    const scene = await openScene();
    const { redis, places, simulator } = scene;
    const hook = await rawServer((request, response, body) => {
      response.statusCode = 500;
      response.end(`${request.url} ${JSON.stringify(request.headers)} ${body}`);
    });
    const login = `me:${encodeURIComponent(CANARIES['login of a receiver'])}@`;
    const path = CANARIES['path of a receiver'];
    await changes(scene, `${hook.url.replace('//', `//${login}`)}/${path}/${path}?key=${path}`);
    expect(hook.seen.length).toBeGreaterThan(0);
    await reads(scene);
    places.push(...(await placesOfRedis(redis.client, redis.folder)));
    // What was repeated has reached us.
    const hidden = places.filter(({ content }) => content.toString().includes('[secret]'));
    expect(hidden.length).toBeGreaterThan(5);
    const tokens = simulator.state.accounts.issued.map((token, at) => [`token ${at + 1}`, token]);
    expect(findCanaries(places, { ...CANARIES, ...Object.fromEntries(tokens) })).toEqual([]);
  },
);
