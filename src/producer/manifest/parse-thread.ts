import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { parseManifest, type ReadOptions, type ThreadMessage } from './load-manifest.ts';

// What `load-manifest.ts` runs in a thread of its own.
const IMAGES_PER_MESSAGE = 5000;

const { bytes, file, options } = workerData as {
  bytes: Uint8Array;
  file: string;
  options: ReadOptions;
};
const send = (message: ThreadMessage) => parentPort?.postMessage(message);

const result = parseManifest(bytes, file, options);
if (result.ok) {
  const { images } = result.manifest;
  for (let at = 0; at < images.length && parentPort; at += IMAGES_PER_MESSAGE) {
    const next = once(parentPort, 'message');
    send({ part: 'images', images: images.slice(at, at + IMAGES_PER_MESSAGE) });
    await next;
  }
  send({ part: 'result', result: { ...result, manifest: { ...result.manifest, images: [] } } });
} else {
  send({ part: 'result', result });
}
