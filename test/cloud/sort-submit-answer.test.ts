import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../src/shared/cloud/http/answer.ts';
import { sortSubmitAnswer } from '../../src/shared/cloud/ims/sort-submit-answer.ts';

function answer(status: number, body: unknown, text = ''): HttpAnswer {
  return { kind: 'answer', status, body, text };
}

const ims = (code: string, status = 400) =>
  answer(status, { error: { message: 'words of IMS', code } });
const gateway = (code: string, status: number) =>
  answer(status, { error_msg: 'words of the gateway', error_code: code, request_id: 'r-1' });

const codes = (text: string) => text.split(' ').map((number) => `IMG.${number}`);

describe('by the code of IMS', () => {
  test.each(
    codes(
      '0001 0002 0003 0004 0007 0013 0017 0054 0055 0056 0057 0058 0059 0062 0068 0069 0072 0109 0111 0115 0116 0121 0122 0123 0141 0158 0159 0166 0167 0175 0194 0212',
    ),
  )('%s is refused, with advice', (code) => {
    const sorted = sortSubmitAnswer(ims(code));
    expect(sorted).toMatchObject({ kind: 'refused', nameExists: false, code });
    expect(sorted).toHaveProperty('advice');
  });

  test.each(codes('0014 0018 0036 0037 0061 0064 0154 1075 9999'))('%s is unclear', (code) => {
    expect(sortSubmitAnswer(ims(code)).kind).toBe('unclear');
  });

  test.each(codes('0060 0187'))('%s is flow control: not sent, although HTTP 400', (code) => {
    expect(sortSubmitAnswer(ims(code))).toMatchObject({ kind: 'not-sent', cause: 'throttled' });
  });

  test.each(codes('0030 0067 0087'))('%s is a dead token', (code) => {
    expect(sortSubmitAnswer(ims(code))).toMatchObject({ kind: 'not-sent', cause: 'token' });
  });

  test.each([
    { code: 'IMG.0015', status: 400, reason: 'quota' },
    { code: 'IMG.0239', status: 400, reason: 'money' },
    { code: 'IMG.0242', status: 400, reason: 'money' },
    { code: 'IMG.0026', status: 400, reason: 'permission' },
    { code: 'IMG.0026', status: 403, reason: 'permission' },
  ])('$code ($status) stops the project: $reason', ({ code, status, reason }) => {
    expect(sortSubmitAnswer(ims(code, status))).toMatchObject({ kind: 'stop', reason });
  });

  test('IMG.0009 is refused and marked: the name may be our own', () => {
    expect(sortSubmitAnswer(ims('IMG.0009'))).toMatchObject({ kind: 'refused', nameExists: true });
  });

  test.each([200, 202, 300, 302, 408, 500, 503])('a "no" with HTTP %i proves nothing', (status) => {
    for (const code of codes('0057 0015 0060 0087 0026')) {
      expect(sortSubmitAnswer(ims(code, status))).toMatchObject({ kind: 'unclear', code });
    }
  });

  test('a field is named in the advice', () => {
    expect(sortSubmitAnswer(ims('IMG.0056'))).toMatchObject({
      advice: expect.stringContaining('os_version'),
    });
  });
});

describe('by the gateway', () => {
  test.each([
    { code: 'APIGW.0308', status: 429, is: { kind: 'not-sent', cause: 'throttled' } },
    { code: 'APIG.0308', status: 429, is: { kind: 'not-sent', cause: 'throttled' } },
    { code: 'APIGW.0307', status: 401, is: { kind: 'not-sent', cause: 'token' } },
    { code: 'APIGW.0301', status: 401, is: { kind: 'not-sent', cause: 'token' } },
    { code: 'APIGW.0302', status: 403, is: { kind: 'stop', reason: 'permission' } },
    { code: 'APIGW.0101', status: 404, is: { kind: 'stop', reason: 'endpoint' } },
    { code: 'APIGW.0201', status: 502, is: { kind: 'unclear' } },
    { code: 'APIGW.0201', status: 504, is: { kind: 'unclear' } },
    { code: 'APIGW.0202', status: 502, is: { kind: 'unclear' } },
    { code: 'APIGW.0601', status: 500, is: { kind: 'unclear' } },
  ])('$code ($status)', ({ code, status, is }) => {
    expect(sortSubmitAnswer(gateway(code, status))).toMatchObject({ ...is, requestId: 'r-1' });
  });
});

describe('without a code of the service', () => {
  test.each([400, 401, 403, 404, 405, 407, 408, 409, 413, 415, 429, 300, 304, 500, 503])(
    'HTTP %i is unclear',
    (status) => {
      const sorted = sortSubmitAnswer(answer(status, undefined, 'HTML page'));
      expect(sorted).toMatchObject({ kind: 'unclear', foreign: true });
    },
  );

  test('Retry-After of a 429 is handed on', () => {
    const throttled = { ...gateway('APIGW.0308', 429), retryAfterMs: 5000 };
    expect(sortSubmitAnswer(throttled)).toMatchObject({ kind: 'not-sent', retryAfterMs: 5000 });
  });

  test.each([
    { kind: 'not-sent', sorted: { kind: 'not-sent', cause: 'network' } },
    { kind: 'unclear', sorted: { kind: 'unclear' } },
  ] as const)('no answer: $kind stays $kind', ({ kind, sorted }) => {
    const result = { kind, code: 'X', message: 'm' };
    expect(sortSubmitAnswer(result)).toMatchObject({ ...sorted, code: 'X', message: 'm' });
  });

  test.each([
    { what: 'a job id', body: { job_id: 'ff8080ab' }, kind: 'accepted' },
    { what: 'nothing', body: undefined, kind: 'unclear' },
    { what: 'an empty object', body: {}, kind: 'unclear' },
    { what: 'an empty job id', body: { job_id: '' }, kind: 'unclear' },
    { what: 'a number for a job id', body: { job_id: 7 }, kind: 'unclear' },
    { what: 'a path for a job id', body: { job_id: '../../x' }, kind: 'unclear' },
    { what: 'a list', body: [1], kind: 'unclear' },
  ])('200 with $what is $kind', ({ body, kind }) => {
    expect(sortSubmitAnswer(answer(200, body)).kind).toBe(kind);
  });
});
