import type { Command } from 'commander';
import { type Simulator, startSimulator } from '../../../simulator/start-simulator.ts';
import { loadManifest } from '../../producer/manifest/load-manifest.ts';
import { submitBatch } from '../../producer/submit-batch.ts';
import type { CloudConfig } from '../../shared/config/cloud/cloud-config.ts';
import { type Config, loadConfig } from '../../shared/config/config.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import { countKinds, type Manifest, type ManifestImage } from '../../shared/image/image-request.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { createLogger } from '../../shared/log/logger.ts';
import { startPrivateRedis } from '../../shared/redis/private-redis.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { packageFile } from '../../shared/runtime/package-file.ts';
import { createShutdown, type Shutdown } from '../../shared/runtime/shutdown.ts';
import { formatDuration } from '../../ui/format.ts';
import { type CommandContext, wholeNumber } from '../command.ts';
import { countImages } from '../describe.ts';
import type { Io } from '../io.ts';
import { type OpenLedger, openLedger } from '../open/open-ledger.ts';
import { startWorkerOn } from '../run-worker.ts';
import { waitForBatches } from '../status/wait-for-batches.ts';

interface DemoFlags {
  /** @default those of manifests/bulk.yaml */
  readonly images?: number;
  readonly withFailure?: true;
}

export function demoCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option('--images <n>', 'number of images', wholeNumber)
    .option('--with-failure', 'let one image fail, to see what that looks like')
    .action((flags: DemoFlags) => run(demo(flags, io)));
}

const MANIFEST = packageFile('manifests/bulk.yaml');

/** A complete import with everything embedded: Redis, simulator, producer, worker. */
async function demo(flags: DemoFlags, io: Io): Promise<ExitCode> {
  const shutdown = createShutdown();
  return runDemo(flags, io, shutdown).finally(() => shutdown.run());
}

async function runDemo(flags: DemoFlags, io: Io, shutdown: Shutdown): Promise<ExitCode> {
  const own = loadConfig({ ...io.env, REDIS_URL: undefined, IMS_FERRY_CLOUD: undefined });
  const manifest = await demoManifest(flags);
  const redis = await startPrivateRedis(io.env['PATH'], systemClock);
  shutdown.add('redis', () => redis.close());
  const simulator = await startSimulator({ duration: { median: 3000, sigma: 0.4 }, seed: 7 });
  shutdown.add('simulator', () => simulator.close());
  io.err(`Redis and a simulator of IAM, IMS and OBS run on this machine: ${simulator.url}`);

  const config = demoConfig(own, redis.url);
  const open = await openLedger(config, { wait: false }, io);
  shutdown.add('ledger', async () => void (await open.close()));
  const cloud = demoCloud(simulator);
  const log = createLogger(io.env['LOG_LEVEL'] ?? 'error', io.log);
  const failed = Promise.withResolvers<never>();
  const env = { open, env: io.env, log, onFatal: failed.reject };
  const worker = await startWorkerOn({ config, cloud }, env);
  shutdown.add('worker', async () => void (await worker.close()));
  return Promise.race([importAll(manifest, open, io), failed.promise]);
}

async function importAll(manifest: Manifest, open: OpenLedger, io: Io): Promise<ExitCode> {
  const start = open.clock.monotonic();
  await submitBatch(open, manifest, { retryFailed: false, recreate: false });
  io.err(`Importing ${countImages(manifest.images.length)} of ${manifest.file} …`);
  const waiting = { deps: open, batches: [manifest.name], keepWaiting: false, stoppedText };
  const code = await waitForBatches(waiting, io);
  if (io.stop.aborted) return EXIT.imageFailed;
  const counts = (await open.batches.summary(manifest.name))?.counts;
  const others = (counts?.failed ?? 0) + (counts?.unknown ?? 0) + (counts?.cancelled ?? 0);
  const took = formatDuration(open.clock.monotonic() - start);
  const failures = others === 0 ? '' : `, ${others} failed`;
  const kinds = countKinds(manifest.images.map(({ request }) => request));
  io.out(`${counts?.succeeded ?? 0} succeeded${failures} in ${took} (${kinds})`);
  for (const line of nextSteps(io)) io.err(line);
  return code;
}

/** In a clone, `npm run demo` has installed no command. */
function nextSteps({ env }: Io): readonly string[] {
  const ferry = env['npm_lifecycle_event'] === 'demo' ? 'npm run -s ims-ferry --' : 'ims-ferry';
  return [
    '',
    'Next, in two terminals, with manifests of your own and a dashboard:',
    `  ${ferry} simulator      # prints settings; use them in the second terminal`,
    `  mkdir -p inbox && ${ferry} up inbox`,
  ];
}

function stoppedText({ counts, total }: BatchSummary): string {
  const done = `The demo was stopped: ${counts.succeeded} of ${countImages(total)} imported.`;
  return `${done} Nothing continues: its Redis, simulator and worker end with it.`;
}

async function demoManifest(flags: DemoFlags): Promise<Manifest> {
  const result = await loadManifest(MANIFEST);
  if (!result.ok) throw new TypeError('manifests/bulk.yaml of this package is not valid');
  const { images: samples } = result.manifest;
  const images = Array.from({ length: flags.images ?? samples.length }, (_, index) => {
    const image = samples[index % samples.length];
    if (!image) throw new TypeError('manifests/bulk.yaml of this package is empty');
    const copy = 1 + Math.floor(index / samples.length);
    return { ...image, request: { ...image.request, copy } };
  });
  if (flags.withFailure) images.push(brokenImage(images.length + 1));
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

/** The user's settings with quick polling. Without a state folder: a demo leaves nothing behind. */
function demoConfig({ stateDir: _, ...config }: Config, redisUrl: string): Config {
  const poll = { initialMs: 1000, minMs: 250, maxMs: 2000 };
  return { ...config, redisUrl, submitRate: 0, poll };
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
