/** The effect of the create: nothing, an image, or an image some time later. */
type Effect = 'none' | 'accepted' | 'late';

/** What the client sees of it. */
export type Symptom =
  | 'drop'
  | 'hang'
  | 'http500'
  | 'http502'
  | 'http504'
  | 'html'
  | 'empty'
  | 'garbage'
  | 'noJobId'
  | 'throttle'
  | 'redirect302'
  | 'redirect307';

const none = (symptom: Symptom) => ({ effect: 'none' as Effect, symptom });
const accepted = (symptom: Symptom) => ({ effect: 'accepted' as Effect, symptom });
const late = (symptom: Symptom) => ({ effect: 'late' as Effect, symptom });

/** Everything that can go wrong with a create: seen with real gateways, or legal in HTTP. */
export const CREATE_FAULTS = {
  /** The connection is cut and nothing is created. */
  dropBefore: none('drop'),
  /** Accepted, then the connection is cut: the answer is lost. */
  dropAfter: accepted('drop'),
  /** The connection is cut; accepted `lateMs` later, if it is still allowed then. */
  lateAccept: late('drop'),
  /** Never answers; accepted `lateMs` later. */
  lateHang: late('hang'),
  /** Never answers; nothing created. */
  hang: none('hang'),
  /** Accepted, and never answers. */
  hangAccepted: accepted('hang'),
  /** 500 with an HTML page. */
  http500: none('http500'),
  http500Accepted: accepted('http500'),
  /** The gateway's 502 and 504. */
  http502: none('http502'),
  http502Accepted: accepted('http502'),
  http504: none('http504'),
  http504Accepted: accepted('http504'),
  /** 200 with an HTML page. */
  html: none('html'),
  htmlAccepted: accepted('html'),
  /** 200 without a body. */
  empty: none('empty'),
  emptyAccepted: accepted('empty'),
  /** 200 with JSON that ends in the middle. */
  garbage: none('garbage'),
  garbageAccepted: accepted('garbage'),
  /** 200 with `{}`. */
  noJobId: none('noJobId'),
  noJobIdAccepted: accepted('noJobId'),
  /** 429 of the gateway: the backend was not reached. */
  throttle: none('throttle'),
  /** To `redirectTo`. */
  redirect: none('redirect307'),
  redirect302: none('redirect302'),
};

export type CreateFault = keyof typeof CREATE_FAULTS;

/** Shares of all creates, 0 to 1, drawn with the seed; at most one fault strikes a create. */
export type CreateFaults = Readonly<Record<CreateFault, number>> & {
  /** Milliseconds until a late create is accepted. */
  readonly lateMs: number;
};

export const CREATE_FAULT_NAMES = Object.keys(CREATE_FAULTS) as readonly CreateFault[];

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
