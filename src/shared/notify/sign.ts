import { createHmac } from 'node:crypto';

/** Headers that receivers check. */
const HEADERS = {
  id: 'webhook-id',
  time: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;

interface Signing {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Exactly as it is sent. */
  readonly body: string;
  /** One signature for each; none: not signed. */
  readonly keys: readonly Buffer[];
}

/** As Standard Webhooks has it: HMAC-SHA256 over id, time and body. A repeated delivery has a new time. */
export function signedHeaders({ id, now, body, keys }: Signing): Readonly<Record<string, string>> {
  const time = String(Math.floor(now / 1000));
  const sign = (key: Buffer): string =>
    `v1,${createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')}`;
  return {
    [HEADERS.id]: id,
    [HEADERS.time]: time,
    ...(keys.length > 0 && { [HEADERS.signature]: keys.map(sign).join(' ') }),
  };
}
