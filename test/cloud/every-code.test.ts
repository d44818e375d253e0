import { describe, expect, test } from 'vitest';
import { verdictOf } from '../../src/shared/cloud/ims/error-catalogue.ts';
import { sortSubmitAnswer } from '../../src/shared/cloud/ims/sort-submit-answer.ts';

/** Every code of the API reference 6.2 that can meet an import, by what its words prove: typed by hand. */
const IMS = {
  refused: `0001 0002 0003 0004 0007 0009 0013 0017 0021 0024 0027 0046 0054 0055 0056 0057 0058
    0059 0062 0068 0069 0072 0075 0086 0095 0097 0099 0100 0109 0111 0115 0116 0117 0118 0121 0122
    0123 0141 0144 0158 0159 0166 0167 0175 0194 0212`,
  unclear: '0014 0018 0023 0036 0037 0038 0039 0040 0061 0064 0065 0154 0155 0156 1075',
  'not-sent throttled': '0060 0090 0187',
  'not-sent token': '0030 0067 0087',
  'stop quota': '0015',
  'stop permission': '0026',
  'stop money': '0238 0239 0241 0242',
} as const;

/** the API reference 6.3, with the status that each comes with. */
const GATEWAY = {
  'stop endpoint': '0101:404',
  'not-sent token': '0301:401 0303:401 0305:401 0307:401',
  'stop permission':
    '0302:403 0304:403 0306:403 0310:403 0401:403 0402:403 0801:403 0802:403 0999:403',
  'not-sent throttled': '0308:429',
  unclear: `0103:500 0104:400 0105:500 0201:400 0201:500 0201:502 0201:504 0202:502 0203:504 0601:500
    0605:500 0606:500 0608:500 0610:502 0613:503`,
} as const;

function rows(table: Readonly<Record<string, string>>) {
  return Object.entries(table).flatMap(([proves, list]) =>
    list.split(/\s+/).map((entry) => {
      const [number = '', status = '400'] = entry.split(':');
      return { proves, number, status: Number(status) };
    }),
  );
}

/** `refused`, `not-sent throttled`, `stop quota`: the kind, and what it is about. */
function sorted(status: number, body: unknown): string {
  const answer = sortSubmitAnswer({ kind: 'answer', status, body, text: '' });
  if (answer.kind === 'not-sent') return `not-sent ${answer.cause}`;
  return answer.kind === 'stop' ? `stop ${answer.reason}` : answer.kind;
}

describe('every code of IMS', () => {
  test.each(rows(IMS))('IMG.$number: $proves', ({ proves, number }) => {
    const error = { message: 'words', code: `IMG.${number}` };
    expect(sorted(400, { error })).toBe(proves);
    expect(verdictOf(`IMG.${number}`)?.advice).toMatch(/\S.*\.$|resume$/);
    expect(sorted(500, { error })).toBe('unclear');
  });

  test('a code that nobody documented is unclear', () => {
    for (const code of ['IMG.0000', 'IMG.9999', 'IMS.0001', 'ECS.0015', 'Common.0011']) {
      expect(verdictOf(code)).toBeUndefined();
      expect(sorted(400, { error: { code, message: 'words' } })).toBe('unclear');
    }
  });

  test('a name of the language itself is no code', () => {
    for (const code of ['constructor', '__proto__', 'toString', '']) {
      expect(verdictOf(code)).toBeUndefined();
    }
  });
});

describe('every code of the gateway, in both spellings', () => {
  test.each(rows(GATEWAY))('.$number with HTTP $status: $proves', ({ proves, number, status }) => {
    for (const prefix of ['APIGW', 'APIG']) {
      const body = { error_msg: 'words', error_code: `${prefix}.${number}`, request_id: 'r' };
      expect(sorted(status, body)).toBe(proves);
    }
  });
});
