import { fileURLToPath } from 'node:url';
import { loadManifest } from '../producer/manifest/load-manifest.ts';
import { submitBatch } from '../producer/submit-batch.ts';
import type { CloudConfig, Config } from '../shared/config/config.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import type { Manifest, ManifestImage } from '../shared/image/image-request.ts';
import type { BatchSummary } from '../shared/ledger/batch-ledger.ts';
import { createLogger } from '../shared/log/logger.ts';
import type { EmbeddedRedis } from '../shared/redis/embedded-redis.ts';
import { startPrivateRedis } from '../shared/redis/private-redis.ts';
import { systemClock } from '../shared/runtime/clock.ts';
import { createShutdown, type Shutdown } from '../shared/runtime/shutdown.ts';
import { type Simulator, startSimulator } from '../simulator/start-simulator.ts';
import { formatDuration } from '../ui/format.ts';
import type { Io } from './io.ts';
import { type OpenLedger, openLedger } from './open-ledger.ts';
import { waitForBatches } from './wait-for-batches.ts';
import { startWorkerOn } from './wire-worker.ts';

export interface DemoOptions {
  /** How many images; default: those of manifests/bulk.yaml. */
  readonly images?: number;
  /** One image fails in IMS, for a reason that is shown. */
  readonly withFailure: boolean;
}

const MANIFEST = fileURLToPath(new URL('../../manifests/bulk.yaml', import.meta.url));

/** The main job with everything embedded: Redis, simulator, producer, worker. Ends by itself. */
export async function demo(
  options: DemoOptions,
  env: { readonly config: Config; readonly io: Io },
): Promise<ExitCode> {
  const shutdown = createShutdown();
  try {
    return await runDemo(options, { ...env, shutdown });
  } finally {
    await shutdown.run();
  }
}

async function runDemo(
  options: DemoOptions,
  env: { readonly config: Config; readonly io: Io; readonly shutdown: Shutdown },
): Promise<ExitCode> {
  const { io, shutdown } = env;
  const manifest = await demoManifest(options);
  const redis = await startPrivateRedis(io.env['PATH'], systemClock);
  shutdown.add('redis', () => redis.close());
  const simulator = await startSimulator({ duration: { median: 3000, sigma: 0.4 }, seed: 7 });
  shutdown.add('simulator', () => simulator.close());
  io.err(`Redis and a stand-in for IAM, IMS and OBS are running on this machine: ${simulator.url}`);

  const config = demoConfig(env.config, redis);
  const open = await openLedger(config, { wait: false }, io);
  shutdown.add('ledger', async () => void (await open.close()));
  const cloud = demoCloud(simulator);
  const log = createLogger(io.env['LOG_LEVEL'] ?? 'error', io.log);
  const failed = Promise.withResolvers<never>();
  const worker = await startWorkerOn({ config, cloud }, { open, log, onFatal: failed.reject });
  shutdown.add('worker', async () => void (await worker.close()));
  return importAll(manifest, { open, io, failed: failed.promise });
}

async function importAll(
  manifest: Manifest,
  at: {
    readonly open: OpenLedger;
    readonly io: Io;
    readonly failed: Promise<never>;
  },
): Promise<ExitCode> {
  const { open, io } = at;
  const start = open.clock.monotonic();
  const flags = { retryFailed: false, recreate: false };
  await submitBatch(open, manifest, flags);
  io.err(`Importing ${manifest.images.length} images of ${manifest.file} …`);
  const waiting = { deps: open, batches: [manifest.name], keepWaiting: false, stoppedText };
  const code = await Promise.race([waitForBatches(waiting, io), at.failed]);
  if (io.stop.aborted) return EXIT.imageFailed;
  const counts = (await open.batches.summary(manifest.name))?.counts;
  const others = (counts?.failed ?? 0) + (counts?.unknown ?? 0) + (counts?.cancelled ?? 0);
  const took = formatDuration(open.clock.monotonic() - start);
  const kinds = kindsOf(manifest);
  const failures = others === 0 ? '' : `, ${others} failed`;
  io.out(`${counts?.succeeded ?? 0} succeeded${failures} in ${took} (${kinds})`);
  return code;
}

function stoppedText({ counts, total }: BatchSummary): string {
  const done = `The demo was stopped: ${counts.succeeded} of ${total} images imported.`;
  return `${done} Nothing continues: its Redis, stand-in and worker end with it.`;
}

/** `12 system, 4 data, 2 quick`. */
function kindsOf({ images }: Manifest): string {
  const count = (matches: (image: ManifestImage) => boolean) => images.filter(matches).length;
  const data = count(({ request }) => request.kind === 'data');
  const quick = count(({ request }) => request.quick_import && request.kind === 'system');
  return `${images.length - data - quick} system, ${data} data, ${quick} quick`;
}

async function demoManifest(options: DemoOptions): Promise<Manifest> {
  const result = await loadManifest(MANIFEST);
  if (!result.ok) throw new TypeError('manifests/bulk.yaml of this package is not valid');
  const wanted = options.images ?? result.manifest.images.length;
  const images = Array.from({ length: wanted }, (_, index) => {
    const image = result.manifest.images[index % result.manifest.images.length];
    if (!image) throw new TypeError('manifests/bulk.yaml of this package is empty');
    const copy = 1 + Math.floor(index / result.manifest.images.length);
    return { ...image, request: { ...image.request, copy } };
  });
  if (options.withFailure) images.push(brokenImage(images.length + 1));
  return { ...result.manifest, images };
}

function brokenImage(line: number): ManifestImage {
  const request = {
    kind: 'system',
    quick_import: false,
    name: 'demo-broken-image',
    image_url: 'demo-images:broken/not-an-image.vmdk',
    min_disk: 40,
    copy: 1,
  } as const;
  return { request, line };
}

/** The user's settings, with the quick polling of a demo. */
function demoConfig(config: Config, redis: EmbeddedRedis): Config {
  // Nothing of a demo is worth to be remembered.
  const { stateDir: _, ...rest } = config;
  return {
    ...rest,
    redisUrl: redis.url,
    submitRate: 0,
    poll: { initialMs: 1000, minMs: 250, maxMs: 2000 },
  };
}

function demoCloud(simulator: Simulator): CloudConfig {
  const { username, password, userDomainName, projectName, region } = simulator.credentials;
  const domain = { name: userDomainName };
  return {
    authUrl: `${simulator.url}/v3`,
    credential: { method: 'password', user: { name: username, domain }, password },
    project: { name: projectName, domain },
    region,
    interface: 'public',
    jobApi: 'project',
    dialect: 'otc',
    network: {},
  };
}
