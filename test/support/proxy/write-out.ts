import type { Socket } from 'node:net';

/** Writes, and resolves when the socket takes more, or is gone. */
export async function writeOut(to: Socket, piece: Buffer): Promise<void> {
  if (to.destroyed || to.writableEnded || to.write(piece)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      to.off('drain', done).off('close', done);
      resolve();
    };
    to.once('drain', done).once('close', done);
  });
}
