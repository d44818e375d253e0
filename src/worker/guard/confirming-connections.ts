import { isCluster, type RedisConnection } from '../../shared/redis/redis-connection.ts';

/** A connection for one intent at a time: `WAITAOF` waits for what was written over its own connection. */
export interface Confirming {
  readonly connection: RedisConnection;
  /** Raised whenever the connection was lost: what was written before is not confirmed by what comes after. */
  breaks(): number;
}

/** Connections that wait for Redis' disk; others would have to wait behind them. */
export class ConfirmingConnections {
  readonly #connect: () => Promise<RedisConnection>;
  readonly #idle: Confirming[] = [];
  readonly #all: RedisConnection[] = [];

  constructor(connect: () => Promise<RedisConnection>) {
    this.#connect = connect;
  }

  async take(): Promise<Confirming> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    const connection = await this.#connect();
    this.#all.push(connection);
    return watched(connection);
  }

  giveBack(confirming: Confirming): void {
    this.#idle.push(confirming);
  }

  close(): void {
    for (const connection of this.#all) connection.disconnect();
  }
}

function watched(connection: RedisConnection): Confirming {
  let breaks = 0;
  const count = (): void => {
    breaks += 1;
  };
  if (isCluster(connection)) connection.on('-node', count).on('node error', count);
  else connection.on('close', count);
  return { connection, breaks: () => breaks };
}

/**
 * True when what was last written for this key over this connection is on the disk; false when that was
 * not told in time, or the connection was lost since then.
 * @throws the server's error where it cannot tell
 */
export async function isOnDisk(
  { connection, breaks }: Confirming,
  since: { readonly key: string; readonly breaks: number },
  timeoutMs: number,
): Promise<boolean> {
  if (breaks() !== since.breaks) return false;
  // Of a cluster the key leads to the server that has it.
  const answers = await connection
    .pipeline()
    .exists(since.key)
    .call('WAITAOF', '1', '0', String(timeoutMs))
    .exec();
  const [error, counts] = answers?.[1] ?? [null, undefined];
  if (error) throw error;
  return breaks() === since.breaks && Array.isArray(counts) && Number(counts[0]) >= 1;
}
