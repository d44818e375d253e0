import type { ChildProcess } from 'node:child_process';

const children = new Map<ChildProcess, 'alone' | 'group'>();
let isHooked = false;

/**
 * They are in process groups of their own: whatever ends this process must end them, too. Of one that
 * starts others the whole `group` ends; it has to be started detached.
 */
export function endWithUs(child: ChildProcess, whole: 'alone' | 'group' = 'alone'): void {
  if (!isHooked) {
    process.once('exit', () => {
      for (const [one, how] of children) how === 'group' ? killGroup(one) : one.kill('SIGKILL');
    });
  }
  isHooked = true;
  children.set(child, whole);
  child.once('exit', () => children.delete(child));
}

/** Ends a process that was started detached, and all that it has started. */
export function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
