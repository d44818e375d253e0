
import { loadConfig } from '../../../src/shared/config/config.ts';

/**
 * What one thing costs Redis, in commands, those within scripts too. Measured with `npm run bench --
 * engine` and by INFO commandstats of single steps; tests hold what an image costs with and without near
 * polls (`test/cost`). Renewing the lock of a queue job that stays with a worker is not in it.
 */
export const COMMANDS = {
  /** Registered in the ledger and put into the queue, by `submit`. */
  enqueued: 24,
  /** From the queue to its outcome, with one poll. */
  image: 118,
  /** A poll for which the queue job was handed back and taken again. */
  farPoll: 55,
  /** One for which it stayed with the worker. */
  nearPoll: 2,
  /** What such a poll tells the ledger, where it tells something. */
  told: 13,
  /** One look at the list of images being created. */
  list: 8,
  /** A worker that does nothing, a second. */
  idleSecond: 6.6,
} as const;

/**
 * Of Redis' memory, with packed hashes, in bytes. Measured with `npm run bench -- memory`, for images
 * with few fields: long descriptions and many tags come on top.
 */
export const BYTES = { waiting: 1300, finished: 930 } as const;

/** The default settings. */
const { poll, lockMs } = loadConfig({});
export const SETTINGS = { poll, lockMs } as const;
