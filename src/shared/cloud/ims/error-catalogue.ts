import { verdictOfIms } from '../../dialect/ims-codes.ts';
import { CREATE_RIGHTS, type Verdict } from '../../dialect/verdict.ts';

const RESUME = 'then run: ims-ferry resume';
const token: Verdict = {
  kind: 'not-sent',
  cause: 'token',
  reason: 'The gateway does not take the token or the signature.',
  advice: 'Nothing to do: a new login is made.',
};
const throttled: Verdict = {
  kind: 'not-sent',
  cause: 'throttled',
  reason: 'The gateway takes no more calls at the moment.',
  advice: 'Nothing to do: it is sent again later.',
};
const permission: Verdict = {
  kind: 'stop',
  reasonOfStop: 'permission',
  reason: 'The gateway does not let this user, project or address through.',
  advice: `${CREATE_RIGHTS}, ${RESUME}`,
};
const noSuchCall: Verdict = {
  kind: 'stop',
  reasonOfStop: 'endpoint',
  reason: 'The gateway does not know this call.',
  advice: `Check IMS_ENDPOINT and the region, ${RESUME}`,
};

/** Gateway: `APIGW.` or, as OTC's manual spells it, `APIG.`; the number decides. */
const GATEWAY_CODES: Readonly<Record<string, Verdict>> = {
  '0101': noSuchCall,
  '0301': token,
  '0302': permission,
  '0303': token,
  '0304': permission,
  '0305': token,
  '0306': permission,
  '0307': token,
  '0308': throttled,
  '0310': permission,
  '0401': permission,
  '0402': permission,
  '0801': permission,
  '0802': permission,
};

export function isGatewayCode(code: string): boolean {
  return /^APIGW?\./.test(code);
}

/**
 * The verdict on an error code; `undefined` for a code that nobody documented. Both clouds share their
 * codes: one that only the other one documents means the same.
 */
export function verdictOf(code: string): Verdict | undefined {
  const gateway = /^APIGW?\.(\d+)$/.exec(code)?.[1];
  if (gateway !== undefined) return GATEWAY_CODES[gateway];
  const ims = /^IMG\.(\d{4})$/.exec(code)?.[1];
  return ims === undefined ? undefined : verdictOfIms(ims);
}
