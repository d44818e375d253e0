import { existsSync } from 'node:fs';
import { aptScript } from './apt.mjs';
import { isRoot, rootPrefix, runScript } from './root.mjs';
import { findProgram, leaveNote, run, say, succeeds } from './system.mjs';

/** Records that Redis runs in a container here: the next start installs nothing. */
const DOCKER_CHOSEN = '.ims-ferry/redis-from-docker';
/** As in src/shared/redis/private-redis.ts. */
const IMAGE = 'redis:8-alpine';
const SERVERS = ['redis-server', 'valkey-server'];

/** Package managers, by preference; brew must not run as root. */
const DNF = 'dnf install -y -q valkey || dnf install -y -q redis';
const APK = 'apk add -q redis || apk add -q valkey';
const MANAGERS = [
  ['apt-get', aptScript('redis-server'), ['apt-get update', 'apt-get install -y redis-server']],
  ['dnf', DNF, ['dnf install -y valkey']],
  ['apk', APK, ['apk add redis']],
  ['brew', 'brew install -q redis', ['brew install redis']],
].map(([name, script, byHand]) => ({ name, script, byHand, asRoot: name !== 'brew' }));

/** A server in PATH, or Docker if that was chosen. */
export function redisIsReady() {
  return findServer() !== undefined || (existsSync(DOCKER_CHOSEN) && dockerIsReachable());
}

/**
 * How a Redis can be installed here without asking, the best way first. Root uses the package manager;
 * an ordinary user who has Docker never becomes root.
 * @throws Error with the command that helps, if there is no way
 */
export function waysToRedis() {
  const docker = dockerIsReachable() ? [{ name: 'Docker', install: useDocker }] : [];
  // Checked only when needed: a refused sudo is reported to the administrator.
  const managed = docker.length > 0 && !isRoot() ? [] : managedWay();
  const ways = isRoot() ? [...managed, ...docker] : [...docker, ...managed];
  if (ways.length === 0) throw new Error(help());
  return ways;
}

/** Tries the ways in turn. */
export function installRedis(ways) {
  for (const { name, install } of ways) {
    say(`installing a Redis server (${name})`);
    if (install()) return;
    say(`${name} could not install it`);
  }
  throw new Error(help());
}

function findServer() {
  return SERVERS.find((name) => findProgram(name) !== undefined);
}

function dockerIsReachable() {
  return findProgram('docker') !== undefined && succeeds('docker', ['info']);
}

function findManager() {
  return MANAGERS.find(({ name }) => findProgram(name) !== undefined);
}

function managedWay() {
  const manager = findManager();
  const prefix = manager?.asRoot ? rootPrefix() : [];
  if (manager === undefined || prefix === undefined) return [];
  const { name, script } = manager;
  return [{ name, install: () => runScript(prefix, script) && findServer() !== undefined }];
}

function useDocker() {
  const isThere = succeeds('docker', ['image', 'inspect', IMAGE]);
  if (!isThere && !run('docker', ['pull', '--quiet', IMAGE])) return false;
  leaveNote(DOCKER_CHOSEN);
  return true;
}

function help() {
  const { asRoot, byHand } = findManager() ?? {};
  const what = 'a Redis server is required, and cannot be installed from here';
  if (byHand === undefined) {
    return `${what}. Install redis-server or valkey-server, or start Docker, then run this again.`;
  }
  const hasSudo = findProgram('sudo') !== undefined;
  const command = byHand.map((one) => (asRoot && hasSudo ? `sudo ${one}` : one)).join(' && ');
  const as = asRoot && !hasSudo && !isRoot() ? ' as root' : '';
  return `${what}. Run this${as} (or start Docker), then start again: ${command}`;
}
