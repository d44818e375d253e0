import type { Socket } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import type { Connector } from './connector.ts';

/** The connection of one call. */
export interface Line {
  readonly agent: Dispatcher;
  /** False while no byte of the request has left: whatever fails then was not sent. */
  readonly hasSent: () => boolean;
}

export interface GuardOptions {
  /** Makes the connection; the bytes of a proxy's tunnel are none of the request. */
  readonly connect: Connector;
  readonly maxBytes: number;
  readonly maxHeaderBytes: number;
  /** Asked when the connection stands, and again in the moment of the first byte. */
  readonly maySend: () => boolean;
}

/**
 * A connection of its own for one create. HTTP/1.1 only: over HTTP/2 undici sends a request again that
 * the server says it refused.
 */
export function guardedLine(options: GuardOptions): Line {
  const { connect, maxBytes, maxHeaderBytes, maySend } = options;
  let guarded: Socket | undefined;
  let sent = false;
  let before = 0;
  const agent = new Agent({
    allowH2: false,
    pipelining: 0,
    maxResponseSize: maxBytes,
    maxHeaderSize: maxHeaderBytes,
    connect: (target, done) => {
      connect(target, (error, socket) => {
        if (error) return done(error, null);
        if (guarded !== undefined || !maySend()) {
          socket.destroy();
          return done(tooLate(), null);
        }
        guarded = socket;
        // Through a tunnel without TLS the socket has carried the CONNECT already.
        before = socket.bytesWritten;
        guardFirstByte(socket, maySend, () => {
          sent = true;
        });
        return done(null, socket);
      });
    },
  });
  // Should bytes ever find another way out than through `write`, the outcome is unclear, not good.
  return { agent, hasSent: () => sent || (guarded?.bytesWritten ?? 0) > before };
}

/**
 * Between the connection and the first byte undici reads the body, and a process may be frozen for as
 * long as it likes: the last look at the deadline is here, with nothing between it and the write.
 */
function guardFirstByte(socket: Socket, maySend: () => boolean, onSent: () => void): void {
  const write = socket.write;
  const guardedWrite = (...args: Parameters<Socket['write']>): boolean => {
    if (socket.destroyed) return false;
    if (!maySend()) {
      socket.destroy(tooLate());
      return false;
    }
    onSent();
    socket.write = write;
    return write.apply(socket, args);
  };
  socket.write = guardedWrite as Socket['write'];
}

function tooLate(): Error {
  return Object.assign(new Error('too late to send'), { code: 'TOO_LATE' });
}
