/** Version of what this program writes into Redis. A program that knows only older ones refuses it. */
export const LEDGER_SCHEMA = 1;
