import { describe, expect, test } from 'vitest';
import { readErrorBody } from '../../src/shared/cloud/http/service-error.ts';

describe('the body of an error', () => {
  test.each([
    {
      shape: 'IMS',
      body: { error: { message: 'The imagetype is invalid.', code: 'IMG.0024' } },
      is: { code: 'IMG.0024', message: 'The imagetype is invalid.' },
    },
    {
      shape: 'gateway',
      body: { error_msg: 'm', error_code: 'APIGW.0301', request_id: 'r' },
      is: { code: 'APIGW.0301', message: 'm', requestId: 'r' },
    },
    {
      shape: 'gateway, as the manual of OTC spells it',
      body: { error_msg: 'm', error_code: 'APIG.0308' },
      is: { code: 'APIG.0308', message: 'm' },
    },
    {
      shape: 'Keystone',
      body: { error: { code: 401, message: 'm', title: 'Unauthorized' } },
      is: { message: 'm' },
    },
    {
      shape: 'Keystone and IAM in one',
      body: { error: { code: 401, message: 'n' }, error_msg: 'm', error_code: 'IAM.0011' },
      is: { code: 'IAM.0011', message: 'm' },
    },
    { shape: 'Glance', body: { itemNotFound: { message: 'm', code: 404 } }, is: { message: 'm' } },
    { shape: 'plain', body: { code: 'IMG.0001', message: 'm' }, is: { code: 'IMG.0001' } },
    { shape: 'numbers', body: { error_msg: 'm', err_code: 404 }, is: { message: 'm' } },
    {
      shape: 'camel case',
      body: { errorCode: 'IMG.0001', errorMsg: 'm' },
      is: { code: 'IMG.0001', message: 'm' },
    },
    {
      shape: 'a code behind a neighbour without one',
      body: { details: { message: 'n' }, error: { code: 'IMG.0015', message: 'm' } },
      is: { code: 'IMG.0015', message: 'm' },
    },
  ])('is read: $shape', ({ body, is }) => {
    expect(readErrorBody(body)).toMatchObject(is);
  });

  test.each([undefined, null, 'text', 7, [], [{ code: 'IMG.0001' }], {}, { code: 'a b.1' }])(
    'says nothing: %j',
    (body) => {
      expect(readErrorBody(body)).toEqual({});
    },
  );

  test('is one line without control characters, and not endless', () => {
    const body = { error: { code: 'IMG.0001', message: `\u001b[2J\n\r\u202e${'x'.repeat(900)}` } };
    const { message = '' } = readErrorBody(body);
    expect(message).toMatch(/^\[2J x+…$/);
    expect(message).toHaveLength(500);
  });

  test('as deep as a stack goes is not followed', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`) as unknown;
    expect(readErrorBody(deep)).toEqual({});
  });
});
