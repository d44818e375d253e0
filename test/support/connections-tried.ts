import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const CHANNEL = 'net.client.socket';

/**
 * How often commands within this process have tried to reach a port, also where nothing listens: it
 * shows that they keep trying, however slow the machine is.
 */
export function connectionsTried(port: number): () => number {
  let tried = 0;
  const see = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    socket.once('connectionAttempt', (_, to) => {
      if (to === port) tried += 1;
    });
  };
  subscribe(CHANNEL, see);
  onTestFinished(() => void unsubscribe(CHANNEL, see));
  return () => tried;
}
