import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { aptScript } from './apt.mjs';
import { rootPrefix } from './root.mjs';
import { findProgram, run, say, succeeds } from './system.mjs';

/** Says that the package manager was tried in vain: it is not asked again at every start. */
const DOCKER_CHOSEN = '.ims-ferry/redis-from-docker';
const SERVERS = ['redis-server', 'valkey-server'];
const HELP = `a Redis server is needed, and there is none here. One of these helps, then start again:
  sudo apt-get install -y redis-server     (Debian, Ubuntu)
  sudo dnf install -y valkey               (Fedora)
  brew install redis                       (macOS)
  or start Docker, and let this user reach it`;

/** Package managers in the order in which they are looked for; brew must not run as root. */
const MANAGERS = [
  { program: 'apt-get', script: aptScript('redis-server'), asRoot: true },
  { program: 'dnf', script: 'dnf install -y -q valkey || dnf install -y -q redis', asRoot: true },
  { program: 'apk', script: 'apk add -q redis || apk add -q valkey', asRoot: true },
  { program: 'brew', script: 'brew install -q redis', asRoot: false },
];

function findServer() {
  return SERVERS.find((name) => findProgram(name) !== undefined);
}

function dockerIsReachable() {
  return findProgram('docker') !== undefined && succeeds('docker', ['info']);
}

/** A server in PATH, else Docker where no server could be installed. */
export function redisIsReady() {
  return findServer() !== undefined || (existsSync(DOCKER_CHOSEN) && dockerIsReachable());
}

export function installRedis() {
  const manager = MANAGERS.find(({ program }) => findProgram(program) !== undefined);
  const prefix = manager?.asRoot ? rootPrefix() : [];
  if (manager && prefix !== undefined) {
    say(`installing a Redis server (${manager.program})`);
    const [program, ...args] = [...prefix, 'sh', '-c', manager.script];
    if (run(program, args) && findServer() !== undefined) return;
    say(`${manager.program} could not install it`);
  }
  if (!dockerIsReachable()) throw new Error(HELP);
  say('no Redis server here: Docker will be used');
  mkdirSync(dirname(DOCKER_CHOSEN), { recursive: true });
  writeFileSync(DOCKER_CHOSEN, '');
}
