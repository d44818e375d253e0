import { createServer } from 'node:net';

/** Below the ports that Linux gives to whoever asks for any: one of those may be taken again at any moment. */
const LOWEST = 10_240;
/** Each process of a test run has ports of its own. */
const OWN = 400;
const POOLS = 50;

let next = process.pid;

/** A port on which nothing listens, for a program that has to be given one. */
export async function freePort(): Promise<number> {
  const pool = Number(process.env['VITEST_POOL_ID'] ?? 0) % POOLS;
  for (let tries = 0; tries < OWN; tries += 1) {
    next += 1;
    const port = LOWEST + pool * OWN + (next % OWN);
    if (await isFree(port)) return port;
  }
  throw new Error('all ports of this process are taken');
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
