import type { IncomingMessage } from 'node:http';
import { sha256 } from '../iam/sdk-signature.ts';
import type { BodyKind } from './context.ts';

/** The gateway takes at most 12 MB. */
const MAX_BODY = 12_000_000;

export interface RequestBody {
  readonly body: unknown;
  readonly bodyKind: BodyKind;
  /** SHA-256 of its bytes, in hex. */
  readonly bodyHash: string;
}

export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === '0')) return NOTHING;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY) chunks.push(chunk);
  }
  if (size > MAX_BODY) return { ...NOTHING, bodyKind: 'too large' };
  return size === 0 ? NOTHING : parse(Buffer.concat(chunks));
}

const NOTHING: RequestBody = { body: undefined, bodyKind: 'none', bodyHash: sha256('') };

function parse(bytes: Buffer): RequestBody {
  const bodyHash = sha256(bytes);
  try {
    return { body: JSON.parse(bytes.toString('utf8')), bodyKind: 'json', bodyHash };
  } catch {
    return { body: undefined, bodyKind: 'bad', bodyHash };
  }
}
