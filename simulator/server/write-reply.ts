import type { ServerResponse } from 'node:http';
import type { Call, Reply } from './context.ts';

/** Writes an answer, slowly or padded where a fault wants that. */
export async function writeReply(
  call: Call,
  reply: Reply,
  response: ServerResponse,
): Promise<void> {
  const text = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json));
  response.sendDate = false;
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'x-request-id': call.requestId,
    date: httpDate(call.world.clock.now()),
    ...reply.headers,
  });
  if (reply.pieces) await writePieces(response, reply.pieces);
  else if (reply.manner === 'drip') await drip(call, response, text);
  else if (reply.manner === 'oversize') await oversize(call, response, text);
  else response.end(text);
}

const written = { second: -1, text: '' };

/** Clients compare their clock with this one. */
function httpDate(now: number): string {
  const second = Math.floor(now / 1000);
  if (written.second !== second) {
    written.second = second;
    written.text = new Date(second * 1000).toUTCString();
  }
  return written.text;
}

async function drip(call: Call, response: ServerResponse, text: string): Promise<void> {
  const { clock, closing, options } = call.world;
  for (const byte of Buffer.from(text)) {
    if (response.destroyed || closing.aborted) return;
    response.write(Buffer.of(byte));
    await clock.sleep(options.readFaults.dripMs, closing);
  }
  response.end();
}

const BLOCK = ' '.repeat(65_536);

/** White space before JSON is legal: only the size of this body is wrong. */
async function oversize(call: Call, response: ServerResponse, text: string): Promise<void> {
  let left = call.world.options.readFaults.oversizeBytes;
  while (left > 0 && !response.destroyed) {
    const block = left < BLOCK.length ? BLOCK.slice(0, left) : BLOCK;
    left -= block.length;
    if (!response.write(block)) await drained(response);
  }
  response.end(text);
}

/** An object may have gigabytes: none of it is made before it can leave. */
async function writePieces(response: ServerResponse, pieces: Iterable<Buffer>): Promise<void> {
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}
