import type { Command } from 'commander';
import { loadDashboardConfig } from '../../shared/config/dashboard-config.ts';
import { loadConfig } from '../../shared/config/load-config.ts';
import type { Adding } from './adding.ts';
import { portNumber, wholeNumber } from './numbers.ts';

/** Commands that run until they are told to end. */
export function addRunningCommands(program: Command, { io, does }: Adding): void {
  program
    .command('work')
    .description('run a worker; as many as wanted, on as many hosts')
    .option('--heartbeat <file>', 'touch this file every 5 s, for health checks')
    .option(
      '--health-port <port>',
      'tell health and metrics here: /healthz, /readyz, /metrics',
      portNumber,
    )
    .option('--health-host <host>', 'address for that', '127.0.0.1')
    .action(async (flags: WorkFlags) => {
      const { work } = await import('../work.ts');
      const { ownCloudConfig } = await import('../../shared/config/cloud/load-cloud.ts');
      const config = loadConfig(io.env);
      const cloud = await ownCloudConfig({ env: io.env, cloud: config.cloud });
      const heart = flags.heartbeat === undefined ? {} : { heartbeatFile: flags.heartbeat };
      const { healthHost: host, healthPort: port } = flags;
      const health = port === undefined ? {} : { health: { host, port } };
      await does(work({ config, ...(cloud && { cloud }), ...heart, ...health }, io));
    });
  addDashboard(program, { io, does });
  addSimulator(program, { io, does });
  program
    .command('demo')
    .description('the main job with everything embedded: Redis, simulator, producer, worker')
    .option('--images <n>', 'how many images', wholeNumber)
    .option('--with-failure', 'let one image fail, to see how that looks')
    .action(async (flags: { images?: number; withFailure?: true }) => {
      const { demo } = await import('../demo.ts');
      const images = flags.images === undefined ? {} : { images: flags.images };
      const options = { ...images, withFailure: flags.withFailure ?? false };
      await does(demo(options, { config: loadConfig({ ...io.env, REDIS_URL: undefined }), io }));
    });
}

interface WorkFlags {
  readonly heartbeat?: string;
  readonly healthPort?: number;
  readonly healthHost: string;
}

function addDashboard(program: Command, { io, does }: Adding): void {
  program
    .command('dashboard')
    .description(
      'batches, images and queues in a browser; with a login also to pause, retry, resolve',
    )
    .option('--port <port>', 'port to listen on; 0 takes a free one', portNumber, 9300)
    .option(
      '--host <host>',
      'address to listen on; others than this machine need a login',
      '127.0.0.1',
    )
    .option(
      '--locked-without-login',
      'without a login show only how to set one, instead of refusing to start',
    )
    .action(async ({ lockedWithoutLogin, ...at }: DashboardFlags) => {
      const { dashboard, lockedDashboard } = await import('../dashboard.ts');
      const { whyLocked } = await import('../../dashboard/start-dashboard.ts');
      const locked = lockedWithoutLogin ? whyLocked(io.env, at.host) : undefined;
      if (locked !== undefined) {
        await does(lockedDashboard(at, locked, io));
        return;
      }
      const { findCloudConfig } = await import('../../shared/config/cloud/load-cloud.ts');
      const config = loadConfig(io.env);
      const cloud = await findCloudConfig({ env: io.env, cloud: config.cloud });
      const settings = {
        config,
        dashboard: loadDashboardConfig(io.env),
        ...(cloud === undefined ? {} : { cloud }),
      };
      await does(dashboard(at, settings, io));
    });
}

function addSimulator(program: Command, { io, does }: Adding): void {
  program
    .command('simulator')
    .description('a stand-in for IAM, IMS and OBS, to try everything without an account')
    .option('--port <port>', 'port to listen on; 0 takes a free one', portNumber, 9090)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--duration <ms>', 'how long an import takes in the median', wholeNumber, 5000)
    .option('--quota <n>', 'how many images the account may have', wholeNumber, 100_000)
    .option('--seed <n>', 'makes it repeatable', wholeNumber, 1)
    .option('--log <file>', 'append every accepted create to this file as a line of JSON', '')
    .option('--state <file>', 'keep the cloud in this file, and continue it after a restart', '')
    .action(async (flags: SimulatorFlags) => {
      const { runSimulator } = await import('../simulator.ts');
      const { port, host, quota, seed, log: logFile, state: stateFile } = flags;
      const files = { logFile, stateFile };
      const command = { port, host, quota, seed, durationMs: flags.duration, ...files };
      await does(runSimulator(command, io));
    });
}

interface DashboardFlags {
  readonly port: number;
  readonly host: string;
  readonly lockedWithoutLogin?: true;
}

interface SimulatorFlags {
  readonly port: number;
  readonly host: string;
  readonly duration: number;
  readonly quota: number;
  readonly seed: number;
  readonly log: string;
  readonly state: string;
}
