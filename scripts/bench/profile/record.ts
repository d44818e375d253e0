/**
 * Loaded into a process before anything else (`--import`): samples its stacks and what it allocates, until
 * it ends. `node --heap-prof` tells only of what is still there at the end; here everything counts. Each thread
 * writes one file to PROFILE_FOLDER.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** One stack in so many microseconds, one allocation in so many bytes. */
const EVERY_US = 1000;
const EVERY_BYTES = 128 * 1024;

const folder = process.env['PROFILE_FOLDER'] ?? '.';
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: EVERY_US });
session.post('HeapProfiler.startSampling', {
  samplingInterval: EVERY_BYTES,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
});
session.post('Profiler.start');

process.once('exit', () => {
  const found: { cpu?: unknown; heap?: unknown } = {};
  // Within one thread the session answers before `post` returns.
  session.post('Profiler.stop', (_, answer) => {
    found.cpu = answer?.profile;
  });
  session.post('HeapProfiler.stopSampling', (_, answer) => {
    found.heap = answer?.profile;
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${process.pid}-${threadId}.json`), JSON.stringify(found));
});
