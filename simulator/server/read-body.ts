import type { IncomingMessage } from 'node:http';
import type { BodyKind } from './context.ts';

/** The gateway takes at most 12 MB. */
const MAX_BODY = 12_000_000;

interface RequestBody {
  readonly body: unknown;
  readonly bodyKind: BodyKind;
  /** The raw bytes: signatures cover these. */
  readonly raw: Buffer;
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

const NOTHING: RequestBody = { body: undefined, bodyKind: 'none', raw: Buffer.alloc(0) };

function parse(raw: Buffer): RequestBody {
  try {
    return { body: JSON.parse(raw.toString('utf8')), bodyKind: 'json', raw };
  } catch {
    return { body: undefined, bodyKind: 'bad', raw };
  }
}
