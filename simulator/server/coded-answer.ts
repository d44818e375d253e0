import type { CodedAnswer } from '../options.ts';
import type { Call, Reply } from './context.ts';
import { gatewayError, glanceError, imsError, type ObsRefusal, obsError } from './errors.ts';

const GATEWAY_STATUS: Readonly<Record<string, number>> = {
  ...statuses(400, '0104'),
  ...statuses(401, '0301 0303 0305 0307'),
  ...statuses(403, '0302 0304 0306 0310 0401 0402 0801 0802'),
  ...statuses(404, '0101 0103'),
  ...statuses(429, '0308'),
  ...statuses(502, '0201 0202 0610'),
  ...statuses(503, '0613'),
  ...statuses(504, '0203'),
};

const IAM_STATUS: Readonly<Record<string, number>> = {
  ...statuses(401, '0001 0061 0062 0063 0064 0066 0067'),
  ...statuses(403, '0002 0003 0080 0081 0082 0083'),
  ...statuses(404, '0004'),
  ...statuses(409, '0005'),
  ...statuses(410, '0020'),
  ...statuses(429, '0012'),
  ...statuses(500, '0006'),
};

const OBS_STATUS: Readonly<Record<string, number>> = {
  ...statuses(404, 'NoSuchKey NoSuchBucket'),
  ...statuses(429, 'TooManyRequests'),
  ...statuses(500, 'InternalError'),
  ...statuses(503, 'SlowDown ServiceUnavailable'),
};

function statuses(status: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, status]));
}

export function asCoded(answer: string | CodedAnswer): CodedAnswer {
  return typeof answer === 'string' ? { code: answer } : answer;
}

/**
 * Answers with a code, in the form of the service that uses such codes: `IMG.0074`, `APIGW.0101`,
 * `IAM.0061`, a bare status (`503`) as Glance does. A code without a prefix is one of OBS.
 */
export function codedReply(call: Call, { code, status, message }: CodedAnswer): Reply {
  const text = message ?? `Answered with ${code}`;
  const [prefix = '', number = ''] = code.split('.');
  if (/^[1-5]\d\d$/.test(code)) return glanceError(status ?? Number(code), text);
  if (prefix === 'APIGW' || prefix === 'APIG') {
    return gatewayError(call, {
      status: status ?? GATEWAY_STATUS[number] ?? 500,
      code: number,
      text,
    });
  }
  if (prefix === 'IAM') {
    const json = { error_msg: text, error_code: code };
    return { status: status ?? IAM_STATUS[number] ?? 400, json };
  }
  if (number === '') {
    const refusal: ObsRefusal = { status: status ?? OBS_STATUS[code] ?? 403, code, message: text };
    return obsError(call, refusal);
  }
  return imsError(code, text, status ?? statusOfIms(call, code));
}

/** IMS: every code of its own comes with 400, but IMG.0026 with 403 on OTC. */
export function statusOfIms({ world }: Call, code: string): number {
  return code === 'IMG.0026' ? world.options.permissionStatus : 400;
}
