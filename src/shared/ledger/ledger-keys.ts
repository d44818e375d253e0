/**
 * Version of what this program writes into Redis. A program that knows only older ones refuses it.
 * 2: an index records which import has which image; every import keeps the images that were seen of it.
 * 3: copies of images.
 */
export const LEDGER_SCHEMA = 3;

type KeyType = 'hash' | 'set' | 'zset' | 'list' | 'stream' | 'string' | 'channel';
type Row = readonly [name: string, type: KeyType, holds: string];

/** Every key of a ledger that has a fixed name: the name behind the prefix, its type, and what it holds. */
export const NAMED_KEYS = {
  meta: ['meta', 'hash', 'schema, project, generation, last scan, until when creates are frozen'],
  stop: ['stop', 'hash', 'why the project is stopped'],
  inFlight: ['inflight', 'set', 'imports that hold a place'],
  due: ['due', 'zset', 'import → the time by which it must have moved'],
  batches: ['batches', 'zset', 'batch → when it was first registered'],
  wake: ['wake', 'channel', 'a place was freed, a stop lifted, a scan finished'],
  lags: ['lags', 'zset', 'import → milliseconds from acceptance until it was listed'],
  durations: ['durations', 'hash', 'class of imports → how long they take'],
  seen: [
    'seen',
    'zset',
    'import → when a list last showed it being created; negative: it left then',
  ],
  seenJudged: ['seen:judged', 'hash', 'how many that left the list were done (`right`, `wrong`)'],
  unseen: ['unseen', 'string', 'the list is known not to show images that are being created'],
  posts: ['posts', 'list', 'when creates were admitted within the last minute, the latest first'],
  budget: ['budget', 'hash', 'how many requests per second the cloud takes, as learned so far'],
  history: ['history', 'hash', 'what was finished, in flight and throttled, by interval; a week'],
  workers: ['workers', 'zset', 'worker → until when it counts as alive'],
  holders: [
    'holders',
    'hash',
    'worker that may hold an intent → its last report, on which server run',
  ],
  files: ['files', 'hash', 'file of a watched folder → the version that was taken, and its batch'],
  headers: ['headers', 'hash', 'object (hashed) → what its header says, for its ETag and size'],
  archived: ['archived', 'hash', 'batch → the file into which it was archived'],
  others: ['others', 'hash', 'image of another installation, not dealt with yet → what it is'],
  othersKnown: ['others:known', 'set', 'every image of another installation that was noted'],
  removals: ['removals', 'hash', 'image that is being deleted → its import, why, and since when'],
  pruned: ['pruned', 'hash', 'import → its image that was pruned, and when'],
  away: ['away', 'hash', 'cloud of copies that does not answer → why, and since when'],
  odd: ['odd', 'string', 'what of the image list could not be read the last time'],
  events: ['events', 'stream', 'what people may be notified of: the latest'],
  heldNew: ['held:new', 'set', 'held imports of which nobody was notified yet'],
  notify: ['notify', 'hash', 'who is notified, how far, and whether that works'],
  seq: ['seq', 'string', 'counter of all changes'],
  changes: ['changes', 'zset', 'import → number of its last change; the latest changes only'],
  unknown: ['unknown', 'zset', 'import → since when it is unknown'],
  unowned: ['unowned', 'set', 'imports at rest without an image that may have created one'],
  released: ['released', 'zset', 'image → when its import was archived'],
  sharing: ['sharing', 'zset', 'import that is still to be shared → when to look at it next'],
  crowd: ['crowd', 'zset', 'copy that waits for one of the places of copies → since when'],
  lost: ['lost', 'zset', 'import that is missing → when that was noticed'],
  repairs: ['repairs', 'list', 'what was repaired, the latest first'],
} as const satisfies Readonly<Record<string, Row>>;

/** Keys of the whole installation, under the namespace without a cloud. */
export const HOME_KEYS = {
  clouds: ['clouds', 'set', 'clouds that manifests have named'],
  ownCloud: ['own-cloud', 'string', 'the cloud that manifests need not name'],
  projects: ['projects', 'hash', 'project → its namespace, as older versions noted it'],
} as const satisfies Readonly<Record<string, Row>>;

/** Keys with a name in them. */
export const PATTERN_KEYS = {
  import: ['i:KEY', 'hash', 'an import'],
  batch: [
    'b:BATCH',
    'hash',
    'counts and times of a batch, what its manifest says of it, whether it is paused or being archived',
  ],
  members: ['m:BATCH', 'zset', 'import → its place in the batch'],
  unknownOf: ['u:BATCH', 'zset', 'import of the batch → since when it is unknown'],
  recount: ['rc:BATCH', 'hash', 'what came out so far while a batch is being recounted'],
  oldDurations: ['d:BATCH', 'list', 'durations of a batch, as older versions kept them'],
  owners: ['owners:N', 'hash', 'image → import; spread over small hashes'],
  lease: ['lease:NAME', 'string', 'who does a task that one process does at a time'],
  outbox: ['outbox:TARGET', 'zset', "event to deliver → the fleet's time of the next attempt"],
  cooldown: ['cool:KIND', 'string', 'pause of a kind of call'],
  foreign: ['foreign:KIND', 'hash', 'consecutive answers that did not come from the cloud'],
} as const satisfies Readonly<Record<string, Row>>;

type Named = Readonly<Record<keyof typeof NAMED_KEYS | keyof typeof HOME_KEYS, string>>;
type Patterns = Readonly<Record<keyof typeof PATTERN_KEYS, (name: string | number) => string>>;

/** Names of everything the ledger keeps in Redis; one hash tag, so that a cluster keeps it together. */
export interface LedgerKeys extends Named, Patterns {
  readonly prefix: string;
  /** `NAMESPACE`, or `NAMESPACE@CLOUD`. */
  readonly namespace: string;
}

export function ledgerKeys(namespace: string): LedgerKeys {
  const prefix = `{imsferry:${namespace}}:`;
  const [installation = namespace] = namespace.split('@');
  return {
    prefix,
    namespace,
    ...mapRows(NAMED_KEYS, (name) => `${prefix}${name}`),
    ...mapRows(HOME_KEYS, (name) => `{imsferry:${installation}}:${name}`),
    ...mapRows(PATTERN_KEYS, (pattern) => {
      const start = `${prefix}${pattern.slice(0, pattern.lastIndexOf(':') + 1)}`;
      return (name: string | number) => `${start}${name}`;
    }),
  };
}

function mapRows<K extends string, T>(
  rows: Readonly<Record<K, Row>>,
  keyOf: (name: string) => T,
): Readonly<Record<K, T>> {
  const keys = Object.entries<Row>(rows).map(([field, [name]]) => [field, keyOf(name)]);
  return Object.fromEntries(keys) as Readonly<Record<K, T>>;
}

const LEASES = ['duties', 'time', 'list', 'scan', 'archive', 'sharing', 'prune'];

/** Keys whose type can be checked by their name. Those of BullMQ and the tokens are not ours to judge. */
export function keyTypes(): readonly { readonly name: string; readonly type: KeyType }[] {
  const rows: readonly Row[] = [...Object.values(NAMED_KEYS), ...Object.values(HOME_KEYS)];
  const calls = ['foreign:submit', 'foreign:read'];
  const pauses = ['cool:submit', 'cool:submit:n', 'cool:read', 'cool:read:n'];
  return [
    ...rows.map(([name, type]) => ({ name, type })).filter(({ type }) => type !== 'channel'),
    ...calls.map((name) => ({ name, type: 'hash' }) as const),
    ...[...LEASES.map((name) => `lease:${name}`), ...pauses].map(
      (name) => ({ name, type: 'string' }) as const,
    ),
  ];
}
