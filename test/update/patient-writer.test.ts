import { expect, test } from 'vitest';
import type { Write, WriteAnswer } from '../../src/shared/cloud/ims/ims-writer.ts';
import { patientWriter } from '../../src/shared/cloud/ims/patient-writer.ts';

const WRITE: Write = { operation: 'update', method: 'PATCH', path: () => '/x' };
const OK: WriteAnswer = { kind: 'ok', body: {} };
const failed = { kind: 'failed', throttled: false, code: 'TIMEOUT', message: 'x' } as const;
const throttled = { ...failed, throttled: true, code: 'APIGW.0308' } as const;

/** A writer that gives these answers in turn, the last one for ever; a clock that passes by sleeping. */
function writer(answers: readonly WriteAnswer[]) {
  let now = 0;
  const sent: number[] = [];
  const stop = new AbortController();
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
  };
  const patient = patientWriter({
    writer: {
      write: async () => {
        sent.push(now);
        return answers[Math.min(sent.length, answers.length) - 1] ?? OK;
      },
    },
    clock: { monotonic: () => now, sleep },
    stop: stop.signal,
  });
  return { patient, sent, stop };
}

test.each([
  { what: 'an answer is not repeated', answers: [OK], at: [0], code: undefined },
  { what: 'silence is repeated twice', answers: [failed], at: [0, 1000, 3000], code: 'TIMEOUT' },
  {
    what: 'a 429 as long as it helps',
    answers: [throttled, throttled, throttled, OK],
    at: [0, 1000, 3000, 7000],
    code: undefined,
  },
  {
    what: 'a 429 waits as it says',
    answers: [{ ...throttled, retryAfterMs: 9000 }, OK],
    at: [0, 9000],
    code: undefined,
  },
  {
    what: 'not for days',
    answers: [{ ...throttled, retryAfterMs: 86_400_000 }, OK],
    at: [0, 120_000],
    code: undefined,
  },
  {
    what: 'a page with 404 is not repeated',
    answers: [{ ...failed, code: 'HTTP_404' }],
    at: [0],
    code: 'HTTP_404',
  },
])('$what', async ({ answers, at, code }) => {
  const { patient, sent } = writer(answers);
  const answer = await patient.write(WRITE);
  expect(sent).toEqual(at);
  expect('code' in answer ? answer.code : undefined).toBe(code);
});

test('a 429 without end is given up after minutes, with its answer', async () => {
  const { patient, sent } = writer([throttled]);
  expect(await patient.write(WRITE)).toEqual(throttled);
  expect(sent).toHaveLength(12);
});

test('after a stop nothing waits: what needs no pause is sent, all else is not', async () => {
  const { patient, sent, stop } = writer([OK, throttled, OK]);
  stop.abort();
  expect(await patient.write(WRITE)).toEqual(OK);
  expect(await patient.write(WRITE)).toMatchObject({ kind: 'failed', code: 'STOPPED' });
  expect(sent).toHaveLength(2);
});
