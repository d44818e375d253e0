import { ALGORITHM, signatureOf } from '../../simulator/iam/sdk-signature.ts';
import type { Simulator } from '../../simulator/start-simulator.ts';
import type { Answer } from './plain-cloud.ts';

export interface SignedCall {
  readonly method?: string;
  readonly path: string;
  /** Sent in place of the path that is signed. */
  readonly sentPath?: string;
  readonly body?: string;
  /** Sent in place of the body that is signed. */
  readonly sentBody?: string;
  readonly keys?: { readonly accessKey: string; readonly secretKey: string };
  /** Headers to be sent and signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers to be sent only. */
  readonly unsigned?: Readonly<Record<string, string>>;
  /** Names to be signed, in place of all. */
  readonly names?: readonly string[];
  /** What follows the access key and a slash, in the older dialect. */
  readonly scope?: string;
}

/** Sends a request with a signature; the vectors say whether the signature itself is right. */
export async function signedCall(
  { simulator, time }: { readonly simulator: Simulator; readonly time: { readonly now: number } },
  call: SignedCall,
): Promise<Answer> {
  const { method = 'GET', path, body = '', keys = simulator.credentials, scope } = call;
  const date = new Date(time.now).toISOString().replace(/\.\d+|[-:]/g, '');
  const headers = { host: new URL(simulator.url).host, 'x-sdk-date': date, ...call.headers };
  const signedHeaders = call.names ?? Object.keys(headers);
  const signature = signatureOf(
    { method, target: path, headers, body: Buffer.from(body) },
    { signedHeaders, ...(scope === undefined ? {} : { scope }) },
    keys.secretKey,
  );
  const who =
    scope === undefined ? `Access=${keys.accessKey}` : `Credential=${keys.accessKey}/${scope}`;
  const authorization = `${ALGORITHM} ${who}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  const sent = call.sentBody ?? body;
  const response = await fetch(`${simulator.url}${call.sentPath ?? path}`, {
    method,
    headers: { ...headers, ...call.unsigned, authorization },
    ...(sent === '' ? {} : { body: sent }),
  });
  const text = await response.text();
  const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
  return { status: response.status, body: json, headers: response.headers };
}
