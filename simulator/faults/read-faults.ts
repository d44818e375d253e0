/** Everything that can go wrong with a read. */
export const READ_FAULT_NAMES = [
  'http500',
  'http502',
  /** 200 with an HTML page. */
  'html',
  'drop',
  /** Never answers. */
  'hang',
  /** 429 of the gateway. */
  'throttle',
  /** The right answer, a byte every `dripMs`. */
  'drip',
  /** The right answer with `oversizeBytes` of padding in front. */
  'oversize',
  /** The state of `staleMs` ago. */
  'stale',
] as const;

export type ReadFault = (typeof READ_FAULT_NAMES)[number];

/** Shares of all reads that need a token, 0 to 1, drawn with the seed. */
export type ReadFaults = Readonly<Record<ReadFault, number>> & {
  readonly dripMs: number;
  readonly oversizeBytes: number;
  readonly staleMs: number;
};
