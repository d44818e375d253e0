import type { Call, Reply } from '../server/context.ts';
import { gatewayError } from '../server/errors.ts';
import { isSdkSigned, type KnownKey, sdkSignatureFault } from './sdk-signature.ts';

/**
 * What the gateway answers to a caller who has not proven who they are; `undefined` when they have, by
 * a token or by a signature. IMS wants a token that is for a project.
 */
export function turnedAway(call: Call, needs: 'project' | 'any'): Reply | undefined {
  const { request, world } = call;
  if (isSdkSigned(request.headers)) {
    const fault = signatureFaultOf(call);
    if (fault === undefined) return undefined;
    const text = `Incorrect IAM authentication information: ${fault}`;
    return gatewayError(call, { status: 401, code: '0301', text });
  }
  const token = world.accounts.tokenOf(request.headers['x-auth-token']);
  if (!token) {
    return gatewayError(call, { status: 401, code: '0307', text: 'The token must be updated' });
  }
  if (needs === 'any' || token.scope === 'project') return undefined;
  const text = 'The token is not for a project';
  return gatewayError(call, { status: 403, code: '0302', text });
}

/** For IAM's own login of an agency: who asks is known already. */
export function isProven(call: Call): boolean {
  return turnedAway(call, 'any') === undefined;
}

function signatureFaultOf(call: Call): string | undefined {
  const { method = '', url: target = '', headers } = call.request;
  const { options, clock } = call.world;
  const signed = { method, target, headers, bodyHash: call.bodyHash };
  const project = headers['x-project-id'];
  if (project !== undefined && project !== options.projectId) return 'project id is wrong';
  return sdkSignatureFault(signed, keysOf(options), clock.now());
}

function keysOf(options: Call['world']['options']): readonly KnownKey[] {
  const { accessKey, secretKey, securityToken } = options;
  const temporary = {
    accessKey: options.temporaryAccessKey,
    secretKey: options.temporarySecretKey,
    securityToken,
  };
  return [{ accessKey, secretKey }, temporary];
}
