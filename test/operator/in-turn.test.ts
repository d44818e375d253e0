import { expect, test } from 'vitest';
import { inTurn } from '../../src/cli/open/in-turn.ts';
import type { HttpAnswer } from '../../src/shared/cloud/http/answer.ts';
import type { HttpRequest } from '../../src/shared/cloud/http/http-request.ts';

const LIST: HttpRequest = { service: 'ims', operation: 'images', method: 'GET', url: 'http://x/' };
const answer = (status: number, more: object = {}): HttpAnswer => {
  return { kind: 'answer', status, body: {}, text: '', ...more };
};
const BUSY = answer(429);
const OK = answer(200, { body: { error_code: 'APIGW.0308' } });

/** Gives these answers in turn, the last one for ever; time passes by sleeping. */
function client(answers: readonly HttpAnswer[], nextTurn: () => Promise<number>) {
  const sent: number[] = [];
  const stop = new AbortController();
  let now = 0;
  const clock = {
    sleep: async (ms: number) => {
      if (!stop.signal.aborted) now += ms;
    },
  };
  const request = async () => {
    sent.push(now);
    return answers[Math.min(sent.length, answers.length) - 1] ?? OK;
  };
  const http = { request, close: async () => undefined };
  const project = { rateLimit: { next: nextTurn } };
  return { http: inTurn(http, { project, clock, stop: stop.signal }), sent, stop };
}

const noTurn = async (): Promise<number> => 0;

test.each([
  { what: 'an answer is not repeated, whatever code it holds', answers: [OK], at: [0] },
  { what: 'a 429 is, with growing pauses', answers: [BUSY, BUSY, OK], at: [0, 1000, 3000] },
  { what: 'as it says', answers: [answer(429, { retryAfterMs: 9000 }), OK], at: [0, 9000] },
  { what: 'another refusal is not', answers: [answer(403)], at: [0] },
  { what: 'a 429 without end is given up', answers: [BUSY], at: [0, 1000, 3000, 7000, 15_000] },
])('of a read: $what', async ({ answers, at }) => {
  const { http, sent } = client(answers, noTurn);
  expect(await http.request(LIST)).toEqual(answers.at(-1));
  expect(sent).toEqual(at);
});

test('a change that is throttled is its caller’s to repeat', async () => {
  const { http, sent } = client([BUSY], noTurn);
  expect(await http.request({ ...LIST, method: 'DELETE' })).toEqual(BUSY);
  expect(sent).toHaveLength(1);
});

test('each call waits for its turn, a deletion not for long, and a login for none', async () => {
  const { http, sent } = client([OK], async () => 2500);
  await http.request(LIST);
  await http.request({ ...LIST, method: 'DELETE', beforeSend: () => true });
  await http.request({ ...LIST, service: 'iam' });
  expect(sent).toEqual([2500, 4500, 4500]);
});

test('where Redis gives no turn the call leaves, and after a stop nothing waits', async () => {
  const { http, sent, stop } = client([BUSY], () => Promise.reject(new Error('no Redis')));
  stop.abort();
  expect(await http.request(LIST)).toEqual(BUSY);
  expect(sent).toEqual([0]);
});
