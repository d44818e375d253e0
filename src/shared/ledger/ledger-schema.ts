/**
 * Version of what this program writes into Redis. A program that knows only older ones refuses it.
 * 2: an index says which import has which image; every import keeps the images that were seen of it.
 */
export const LEDGER_SCHEMA = 2;
