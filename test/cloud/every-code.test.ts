import { describe, expect, test } from 'vitest';
import { sortSubmitAnswer } from '../../src/shared/cloud/ims/sort-submit-answer.ts';
import { verdictOf } from '../../src/shared/dialect/error-catalogue.ts';

/** Every code that one of the two clouds documents, by what its words prove: typed by hand. */
const IMS = {
  refused: `0001 0002 0003 0004 0005 0006 0007 0008 0009 0010 0011 0012 0013 0017 0019 0020 0021 0022
    0024 0025 0027 0028 0029 0031 0032 0033 0034 0035 0041 0042 0043 0044 0046 0047 0048 0049 0050 0051
    0052 0054 0055 0056 0057 0058 0059 0062 0063 0066 0068 0069 0070 0071 0072 0073 0074 0075 0076 0077
    0078 0079 0080 0081 0082 0083 0084 0085 0086 0088 0089 0091 0092 0093 0094 0095 0096 0097 0098 0099
    0100 0101 0102 0103 0104 0105 0106 0107 0109 0110 0111 0115 0116 0117 0118 0119 0120 0121 0122 0123
    0124 0125 0126 0127 0128 0129 0130 0131 0132 0133 0134 0135 0136 0137 0138 0139 0140 0141 0142 0143
    0144 0145 0146 0147 0148 0150 0151 0152 0153 0157 0158 0159 0160 0162 0163 0164 0165 0166 0167
    0168 0169 0170 0171 0172 0173 0174 0175 0176 0177 0178 0179 0180 0181 0182 0183 0184 0185 0186 0188
    0189 0190 0191 0192 0193 0194 0195 0196 0197 0198 0212`,
  unclear: `0014 0016 0018 0023 0036 0037 0038 0039 0040 0045 0053 0061 0064 0065 0108 0112 0113 0114
    0154 0155 0156 1075`,
  'not-sent throttled': '0060 0090 0149 0187',
  'not-sent token': '0030 0067 0087',
  'stop quota': '0015',
  'stop permission': '0026 0161',
  'stop money': '0238 0239 0241 0242',
} as const;

/** Codes that only the other cloud documents. OTC: Marketplace, copies to other regions, fast import. */
const UNDOCUMENTED = {
  otc: `0042 0043 0044 0048 0049 0050 0051 0052 0078 0082 0091 0093 0107 0124 0129 0131 0142 0143 0146
    0147 0149 0150 0151 0152 0157 0158 0159`,
  huawei: '0238 0239 0241 0242 1075',
} as const;

/** API reference 6.3, with the status that each comes with. */
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
    expect(verdictOf(`IMG.${number}`)?.reason).toMatch(/^[A-Z].*\.$/);
    expect(verdictOf(`IMG.${number}`)?.advice).toMatch(/^[A-Z].*(\.|resume|retry)$/);
    for (const status of [401, 403, 404, 409, 422, 429])
      expect(sorted(status, { error })).toBe(proves);
    expect(sorted(500, { error })).toBe('unclear');
  });

  test('OTC documents 177, Huawei Cloud 199, both together 204; each is in the table above', () => {
    const numbers = Array.from({ length: 10_000 }, (_, at) => String(at).padStart(4, '0'));
    const known = numbers.filter((number) => verdictOf(`IMG.${number}`) !== undefined);
    const documentedBy = (cloud: 'otc' | 'huawei'): readonly string[] =>
      known.filter((number) => !UNDOCUMENTED[cloud].split(/\s+/).includes(number));
    const [otc, huawei] = [documentedBy('otc'), documentedBy('huawei')];
    expect([otc.length, huawei.length]).toEqual([177, 199]);
    const typed = new Set(rows(IMS).map(({ number }) => number));
    expect(new Set([...otc, ...huawei])).toEqual(typed);
    expect(typed.size).toBe(204);
  });

  test('no two codes say the same', () => {
    const reasons = rows(IMS).map(({ number }) => verdictOf(`IMG.${number}`)?.reason);
    const twice = reasons.filter((reason, at) => reasons.indexOf(reason) !== at);
    expect(twice).toEqual([]);
  });

  test('a code that nobody documented is unclear', () => {
    for (const code of ['IMG.0000', 'IMG.9999', 'IMS.0001', 'ECS.0015', 'Common.0011']) {
      expect(verdictOf(code)).toBeUndefined();
      for (const status of [400, 401, 403, 404, 409, 429]) {
        expect(sorted(status, { error: { code, message: 'words' } })).toBe('unclear');
      }
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

test.each(['IMG.0026', 'IMG.0161', 'APIGW.0302'])(
  '%s to a create names the rights that it needs, and the roles that have them',
  (code) => {
    for (const part of ['ims:serverImages:create', 'ims:dataImages:create', 'IMS FullAccess']) {
      expect(verdictOf(code)?.advice).toContain(part);
    }
  },
);
