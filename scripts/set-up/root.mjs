import { findProgram, succeeds } from './system.mjs';

export function isRoot() {
  return process.getuid?.() === 0;
}

/** How to become root without a question: not at all, by sudo, or (undefined) there is no way. */
export function rootPrefix() {
  if (isRoot()) return [];
  if (findProgram('sudo') === undefined) return undefined;
  return succeeds('sudo', ['-n', 'true']) ? ['sudo', '-n'] : undefined;
}
