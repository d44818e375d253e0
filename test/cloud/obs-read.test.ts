import { describe, expect, onTestFinished, test } from 'vitest';
import type { ObsObject } from '../../simulator/start-simulator.ts';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { createObsClient, type ObsClient } from '../../src/shared/cloud/obs/obs-client.ts';
import { patientObs } from '../../src/shared/cloud/obs/patient-obs.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { cloud } from '../support/cloud.ts';
import { rawServer } from '../support/raw-server.ts';

function clientAt(endpoint: string): ObsClient {
  const http = createHttp({ allowHttp: false, clock: systemClock });
  onTestFinished(() => http.close());
  const keys = { accessKey: 'DEMOACCESSKEY0000001', secretKey: 'demo-secret-key-of-obs' };
  const obs = { endpoint, region: 'eu-de', ...keys, network: {} };
  return createObsClient({ http, obs, clock: systemClock });
}

const text = (bytes: string) => Buffer.from(bytes).toString('base64');
const PART = { offset: 0, length: 4 };

async function obsWith(object: ObsObject): Promise<ObsClient> {
  return clientAt((await cloud({ objects: { 'bucket/a.raw': object } })).url);
}

describe('a part of an object', () => {
  test('is read with the size and the ETag of the whole', async () => {
    const obs = await obsWith({ content: text('0123456789'), etag: 'abc' });
    const answer = await obs.read('bucket', 'a.raw', { offset: 3, length: 4 });
    expect(answer).toMatchObject({ kind: 'read', size: 10, etag: 'abc' });
    expect(answer.kind === 'read' && Buffer.from(answer.bytes).toString()).toBe('3456');
  });

  test('ends with the object, and is empty behind its end', async () => {
    const obs = await obsWith({ content: text('0123456789') });
    const last = await obs.read('bucket', 'a.raw', { offset: 8, length: 100 });
    expect(last.kind === 'read' && Buffer.from(last.bytes).toString()).toBe('89');
    const behind = await obs.read('bucket', 'a.raw', { offset: 10, length: 1 });
    expect(behind).toMatchObject({ kind: 'read', size: 10, bytes: new Uint8Array() });
  });

  test('of another object in its place is reported as changed', async () => {
    const obs = await obsWith({ content: text('0123'), etag: 'new' });
    const answer = await obs.read('bucket', 'a.raw', { ...PART, etag: 'old' });
    expect(answer).toMatchObject({ kind: 'changed' });
    expect(await obs.read('bucket', 'a.raw', { ...PART, etag: 'new' })).toMatchObject({
      kind: 'read',
    });
  });

  test('of an object that is missing, of others, elsewhere or cold is reported as such', async () => {
    const obs = await obsWith({ storageClass: 'COLD' });
    expect(await obs.read('bucket', 'missing.raw', PART)).toEqual({ kind: 'missing' });
    expect(await obs.read('forbidden-1', 'a.raw', PART)).toMatchObject({ kind: 'forbidden' });
    expect(await obs.read('elsewhere-1', 'a.raw', PART)).toMatchObject({ kind: 'other-region' });
    expect(await obs.read('bucket', 'a.raw', PART)).toMatchObject({ kind: 'forbidden' });
  });

  test('is cut from a small object that comes whole', async () => {
    const server = await rawServer((_, response) =>
      response.writeHead(200, { 'x-obs-request-id': '1' }).end('0123456789'),
    );
    const answer = await clientAt(server.url).read('bucket', 'a.raw', { offset: 2, length: 3 });
    expect(answer.kind === 'read' && Buffer.from(answer.bytes).toString()).toBe('234');
  });

  test('that a server answers with a whole object of any size ends the connection early', async () => {
    let sent = 0;
    const server = await rawServer((_, response) => {
      response.writeHead(200, { 'x-obs-request-id': '1' });
      const more = (): void => {
        while (!response.destroyed && sent < 2 ** 30) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const answer = await clientAt(server.url).read('bucket', 'a.raw', PART);
    expect(answer).toMatchObject({ kind: 'failed', code: 'NO_RANGES' });
    expect(sent).toBeLessThan(2 ** 28);
  });

  test.each([
    { what: 'another part', range: 'bytes 5-8/100' },
    { what: 'a longer part', range: 'bytes 0-4/100' },
    { what: 'no range', range: undefined },
    { what: 'a size that is none', range: 'bytes 0-3/*' },
  ])('is refused if OBS answers with $what', async ({ range }) => {
    const headers = { 'x-obs-request-id': '1', ...(range && { 'content-range': range }) };
    const server = await rawServer((_, response) => response.writeHead(206, headers).end('0123'));
    const answer = await clientAt(server.url).read('bucket', 'a.raw', PART);
    expect(answer).toMatchObject({ kind: 'failed', code: 'UNREADABLE' });
  });

  test('that was stored with an encoding is not unpacked', async () => {
    const headers = {
      ...{ 'x-obs-request-id': '1', 'content-encoding': 'gzip' },
      'content-range': 'bytes 0-3/100',
    };
    const server = await rawServer((_, response) => response.writeHead(206, headers).end('0123'));
    expect(await clientAt(server.url).read('bucket', 'a.raw', PART)).toMatchObject({
      kind: 'read',
    });
  });
});

test('the page of a login in between is not a bucket in another region', async () => {
  const location = { location: 'https://portal.example/login' };
  const server = await rawServer((_, response) => response.writeHead(302, location).end());
  const obs = clientAt(server.url);
  const answers = [
    await obs.head('bucket', 'a.raw'),
    await obs.list('bucket', ''),
    await obs.read('bucket', 'a.raw', PART),
  ];
  for (const answer of answers) expect(answer).toMatchObject({ kind: 'failed', code: 'REDIRECT' });
});

describe('checks of many objects', () => {
  const clock = { sleep: async () => undefined };
  const failing = (code: string) => {
    let calls = 0;
    const head: ObsClient['head'] = async () => {
      calls += 1;
      return { kind: 'failed', code, message: 'x' };
    };
    return { head, calls: () => calls };
  };

  test('repeat what fails in passing', async () => {
    const busy = failing('SlowDown');
    await patientObs({ ...clientAt('http://127.0.0.1:9'), ...busy }, clock).head('bucket', 'a');
    expect(busy.calls()).toBe(4);
  });

  test('end once nothing but failures came back', async () => {
    const wrong = failing('InvalidAccessKeyId');
    const obs = patientObs({ ...clientAt('http://127.0.0.1:9'), ...wrong }, clock);
    for (let at = 0; at < 100; at += 1) {
      expect(await obs.head('bucket', `${at}`)).toMatchObject({ code: 'InvalidAccessKeyId' });
    }
    expect(wrong.calls()).toBe(8);
  });
});
