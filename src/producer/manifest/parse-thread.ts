import { parentPort, workerData } from 'node:worker_threads';
import { parseManifest } from './parse-manifest.ts';

const { bytes, file } = workerData as { bytes: Uint8Array; file: string };
parentPort?.postMessage(parseManifest(bytes, file));
