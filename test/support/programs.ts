import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';

interface ExternalProgram {
  /** The names it may have in PATH; the first that is there is used. */
  readonly names: readonly string[];
  /** How a person gets it. */
  readonly get: string;
}

/** Every program that a test may start, besides the Node that runs it. */
const PROGRAMS = {
  'redis-server': {
    names: ['redis-server', 'valkey-server'],
    get: 'apt-get install redis-server',
  },
  npm: { names: ['npm'], get: 'it comes with Node' },
  git: { names: ['git'], get: 'apt-get install git' },
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    get: 'apt-get install chromium',
  },
  openssl: { names: ['openssl'], get: 'apt-get install openssl' },
  promtool: { names: ['promtool'], get: 'apt-get install prometheus' },
  keystone: { names: ['keystone-wsgi-public'], get: 'apt-get install python3-keystone' },
  glance: { names: ['glance-wsgi-api'], get: 'apt-get install glance-common' },
  openstackclient: {
    names: ['openstack'],
    get: 'apt-get install python3-openstackclient',
  },
  faketime: { names: ['faketime'], get: 'apt-get install faketime' },
  mkfifo: { names: ['mkfifo'], get: 'it belongs to coreutils' },
  sh: { names: ['sh'], get: 'every Linux has it' },
  bash: { names: ['bash'], get: 'apt-get install bash' },
  zsh: { names: ['zsh'], get: 'apt-get install zsh' },
  fish: { names: ['fish'], get: 'apt-get install fish' },
  man: { names: ['man'], get: 'apt-get install man-db' },
  script: { names: ['script'], get: 'apt-get install bsdutils' },
  mount: { names: ['mount'], get: 'apt-get install mount' },
  umount: { names: ['umount'], get: 'apt-get install mount' },
  jq: { names: ['jq'], get: 'apt-get install jq' },
  'qemu-img': { names: ['qemu-img'], get: 'apt-get install qemu-utils' },
  sfdisk: { names: ['sfdisk'], get: 'apt-get install fdisk' },
  xorriso: { names: ['xorriso'], get: 'apt-get install xorriso' },
  tar: { names: ['tar'], get: 'apt-get install tar' },
  gzip: { names: ['gzip'], get: 'apt-get install gzip' },
  xz: { names: ['xz'], get: 'apt-get install xz-utils' },
  bzip2: { names: ['bzip2'], get: 'apt-get install bzip2' },
  zstd: { names: ['zstd'], get: 'apt-get install zstd' },
  zip: { names: ['zip'], get: 'apt-get install zip' },
  kubectl: { names: ['kubectl'], get: 'apt-get install kubernetes-client' },
  'systemd-analyze': { names: ['systemd-analyze'], get: 'apt-get install systemd' },
  docker: { names: ['docker'], get: 'install Docker and start it' },
  'docker-compose': { names: ['docker-compose'], get: 'apt-get install docker-compose' },
} as const satisfies Readonly<Record<string, ExternalProgram>>;

export type ProgramName = keyof typeof PROGRAMS;

/** What else a test may need of the machine. */
const CONDITIONS = {
  ipv6: {
    isMet: () =>
      Object.values(networkInterfaces())
        .flat()
        .some((one) => one?.address === '::1'),
    get: 'a loopback interface with ::1',
  },
  'an ordinary user': {
    isMet: () => process.getuid?.() !== 0,
    get: 'run the tests as a user that is not root',
  },
  'docker daemon': {
    isMet: once(() => succeeds('docker', ['info'])),
    get: 'install Docker and start it (`docker info` must work)',
  },
  'docker compose': {
    isMet: once(() => succeeds('docker', ['compose', 'version'])),
    get: 'install the compose plugin of Docker',
  },
  'the right to mount': {
    isMet: () => mayMount(),
    get: 'run the tests as root, in a container with CAP_SYS_ADMIN',
  },
} as const;

/** Looked up only when a test needs it, and then once per process. */
function once(check: () => boolean): () => boolean {
  let known: boolean | undefined;
  return () => {
    known ??= check();
    return known;
  };
}

function succeeds(name: ProgramName, args: readonly string[]): boolean {
  const path = programPath(name);
  if (path === undefined) return false;
  return spawnSync(path, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

const CAP_SYS_ADMIN = 1n << 21n;

function mayMount(): boolean {
  try {
    const [, rights = '0'] =
      /^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return (BigInt(`0x${rights}`) & CAP_SYS_ADMIN) !== 0n;
  } catch {
    return false;
  }
}

export type Need = ProgramName | keyof typeof CONDITIONS;

/** The path of a program, absent where it is not installed. */
export function programPath(name: ProgramName): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return PROGRAMS[name].names
    .flatMap((file) => folders.map((folder) => join(folder, file)))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isProgramName(need: Need): need is ProgramName {
  return Object.hasOwn(PROGRAMS, need);
}

function isMet(need: Need): boolean {
  return isProgramName(need) ? programPath(need) !== undefined : CONDITIONS[need].isMet();
}

/** How to get it, for the report at the end of a test run. */
export function adviceFor(need: Need): string {
  return isProgramName(need) ? PROGRAMS[need].get : CONDITIONS[need].get;
}

/**
 * Options of a `test` or `describe` that needs more than the README asks for. Where something is
 * missing it is skipped, and the report at the end says what is missing and how to get it:
 * `describe('…', needing('promtool'), () => …)`.
 */
export function needing(...needs: readonly Need[]) {
  const missing = needs.filter((need) => !isMet(need));
  return { skip: missing.length > 0, meta: { missing } };
}

declare module 'vitest' {
  interface TaskMeta {
    missing?: readonly Need[];
  }
}

function required(name: ProgramName): string {
  const path = programPath(name);
  if (path === undefined) throw new Error(`${name} is not installed: ${PROGRAMS[name].get}`);
  return path;
}

/** Starts a program of the list, or (`node`) a script with the Node that runs the tests. */
export function startProgram(
  name: ProgramName | 'node',
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  return spawn(name === 'node' ? process.execPath : required(name), args, options);
}

export interface RunResult {
  /** The exit code; a signal's name when it was killed. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

type RunOptions = SpawnOptions & { readonly input?: string };

/** Runs a program of the list, or a script of Node, to its end. */
export function runProgram(
  name: ProgramName | 'node',
  args: readonly string[],
  { input = '', ...options }: RunOptions = {},
): Promise<RunResult> {
  return toItsEnd(startProgram(name, args, { ...options, stdio: 'pipe' }), input);
}

/** Runs a script with the Python of an installed program: the first one of PATH may be another. */
export async function runWithInterpreterOf(
  name: ProgramName,
  args: readonly string[],
  { input = '', ...options }: RunOptions = {},
): Promise<RunResult> {
  const [first = ''] = (await readFile(required(name), 'utf8')).split('\n', 1);
  const [, interpreter] = /^#!\s*(\S+)/.exec(first) ?? [];
  if (interpreter === undefined) throw new Error(`${name} is not a script`);
  return toItsEnd(spawn(interpreter, args, { ...options, stdio: 'pipe' }), input);
}

function toItsEnd(child: ChildProcess, input: string): Promise<RunResult> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program that ends before it has read all is judged by its exit code.
  child.stdin?.on('error', () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code: code ?? signal ?? 'gone', stdout, stderr }),
    );
  });
}
