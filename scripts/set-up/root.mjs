import { findProgram, succeeds } from './system.mjs';

/** How to become root without a question: not at all, by sudo, or (undefined) there is no way. */
export function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (findProgram('sudo') === undefined) return undefined;
  return succeeds('sudo', ['-n', 'true']) ? ['sudo', '-n'] : undefined;
}
