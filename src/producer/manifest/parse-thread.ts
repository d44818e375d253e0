import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadMessage } from './load-manifest.ts';
import { parseManifest } from './parse-manifest.ts';

const PIECE = 5000;

const { bytes, file } = workerData as { bytes: Uint8Array; file: string };
const send = (message: ThreadMessage) => parentPort?.postMessage(message);

const result = parseManifest(bytes, file);
if (result.ok) {
  const { images } = result.manifest;
  for (let at = 0; at < images.length && parentPort; at += PIECE) {
    const next = once(parentPort, 'message');
    send({ part: 'images', images: images.slice(at, at + PIECE) });
    await next;
  }
  send({ part: 'result', result: { ...result, manifest: { ...result.manifest, images: [] } } });
} else {
  send({ part: 'result', result });
}
