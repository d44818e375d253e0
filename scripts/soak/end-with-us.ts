import type { ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();
let isHooked = false;

/** They are in process groups of their own: whatever ends this process must end them, too. */
export function endWithUs(child: ChildProcess): void {
  if (!isHooked) {
    process.once('exit', () => {
      for (const one of children) one.kill('SIGKILL');
    });
  }
  isHooked = true;
  children.add(child);
  child.once('exit', () => children.delete(child));
}
