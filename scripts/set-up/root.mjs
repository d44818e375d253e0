import { findProgram, run, succeeds } from './system.mjs';

export function isRoot() {
  return process.getuid?.() === 0;
}

/** What to prefix to become root without a password: nothing, sudo, or (undefined) no way. */
export function rootPrefix() {
  if (isRoot()) return [];
  if (findProgram('sudo') === undefined) return undefined;
  return succeeds('sudo', ['-n', 'true']) ? ['sudo', '-n'] : undefined;
}

/** Runs a script of the shell with such a prefix; true when it ends with 0. */
export function runScript(prefix, script) {
  const [program, ...args] = [...prefix, 'sh', '-c', script];
  return run(program, args);
}
