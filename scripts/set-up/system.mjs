import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const LOCK_PAUSE_MS = 200;
const LOCK_WAIT_MS = 15 * 60_000;

/** Messages go to stderr: stdout belongs to the command that follows. */
export function say(line) {
  process.stderr.write(`set-up: ${line}\n`);
}

/** The path of a program in PATH, or undefined. */
export function findProgram(name) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Runs a program with its output on standard error; true when it ends with 0. */
export function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
  if (error) say(`${program}: ${error.message}`);
  return status === 0;
}

/** True when a program ends with 0; its output is discarded. */
export function succeeds(program, args) {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 5000 }).status === 0;
}

/** An empty file that a later set-up finds. */
export function leaveNote(path) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
}

/**
 * Lets one set-up run at a time in this folder. The lock is a listening socket: the kernel releases it when
 * its owner is killed.
 */
export async function withLock(work) {
  const server = createServer();
  const until = Date.now() + LOCK_WAIT_MS;
  let isReported = false;
  while (!(await listens(server, lockAddress()))) {
    if (!isReported) say('another set-up is running here; waiting for it');
    isReported = true;
    if (Date.now() > until) throw new Error('another set-up has not finished after 15 minutes');
    await delay(LOCK_PAUSE_MS);
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}

function lockAddress() {
  const hash = createHash('sha256').update(process.cwd()).digest();
  if (process.platform === 'linux') {
    return { path: `\0ims-ferry-set-up-${hash.toString('hex').slice(0, 32)}` };
  }
  // Elsewhere there are no abstract sockets: a port of the loopback interface.
  return { host: '127.0.0.1', port: 20_000 + (hash.readUInt16BE(0) % 20_000) };
}

function listens(server, address) {
  return new Promise((resolve, reject) => {
    const settle = (error) => {
      server.off('error', settle);
      server.off('listening', settle);
      if (error === undefined) resolve(true);
      else if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    server.once('error', settle);
    server.once('listening', settle);
    server.listen(address);
  });
}
