import { CREATE_RIGHTS, IMPORT_CODES } from './ims-codes.ts';
import { OTHER_CODES } from './ims-codes-of-other-calls.ts';
import { stop, throttled, token, type Verdict } from './verdict.ts';

const badToken = token('The gateway does not accept the token or the signature.');
const tooMany = throttled('The gateway accepts no more calls at the moment.');
const permission = stop(
  'permission',
  'The gateway does not let this user, project or address through.',
  CREATE_RIGHTS,
);
const noSuchCall = stop(
  'endpoint',
  'The gateway does not know this call.',
  'Check IMS_ENDPOINT and the region',
);

/** Gateway: `APIGW.` or, as OTC's manual spells it, `APIG.`; the number decides. */
const GATEWAY_CODES: Readonly<Record<string, Verdict>> = {
  '0101': noSuchCall,
  '0301': badToken,
  '0302': permission,
  '0303': badToken,
  '0304': permission,
  '0305': badToken,
  '0306': permission,
  '0307': badToken,
  '0308': tooMany,
  '0310': permission,
  '0401': permission,
  '0402': permission,
  '0801': permission,
  '0802': permission,
};

export function isGatewayCode(code: string): boolean {
  return /^APIGW?\./.test(code);
}

const IMS_CODES: Readonly<Record<string, Verdict>> = { ...OTHER_CODES, ...IMPORT_CODES };

/**
 * The verdict on an error code; `undefined` for an undocumented one. Both clouds share their codes: one
 * that only the other documents means the same.
 */
export function verdictOf(code: string): Verdict | undefined {
  const gateway = /^APIGW?\.(\d+)$/.exec(code)?.[1];
  if (gateway !== undefined) return GATEWAY_CODES[gateway];
  const ims = /^IMG\.(\d{4})$/.exec(code)?.[1] ?? '';
  return Object.hasOwn(IMS_CODES, ims) ? IMS_CODES[ims] : undefined;
}
