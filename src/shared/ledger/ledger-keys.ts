import type { ImportKey } from '../image/import-key.ts';

/**
 * Version of what this program writes into Redis. A program that knows only older ones refuses it.
 * 2: an index records which import has which image; every import keeps the images that were seen of it.
 */
export const LEDGER_SCHEMA = 2;

type KeyType = 'hash' | 'set' | 'zset' | 'list' | 'string' | 'channel';
type Row = readonly [name: string, type: KeyType, holds: string];

/** Every key of a ledger that has a fixed name: the name behind the prefix, its type, and what it holds. */
export const NAMED_KEYS = {
  meta: [
    'meta',
    'hash',
    'schema, project, generation, when what was scanned, until when creates are frozen',
  ],
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
    'import → when the list showed it as being created; negative: when it left the list',
  ],
  seenJudged: [
    'seen:judged',
    'hash',
    'how many images that left the list were done (`right`) or not (`wrong`)',
  ],
  unseen: ['unseen', 'string', 'the list is known not to show images that are being created'],
  posts: ['posts', 'list', 'when creates were admitted within the last minute, the latest first'],
  budget: [
    'budget',
    'hash',
    'how many requests per second the cloud takes, as far as it was learned',
  ],
  workers: ['workers', 'zset', 'worker → until when it counts as alive'],
  holders: [
    'holders',
    'hash',
    'worker that may hold an intent → when and on which run of the server it reported',
  ],
  files: [
    'files',
    'hash',
    'file of a watched folder → which version of it was taken, into which batch',
  ],
  others: [
    'others',
    'hash',
    'image of another installation that nobody has dealt with → what it is',
  ],
  othersKnown: ['others:known', 'set', 'every image of another installation that was noted'],
  odd: ['odd', 'string', 'what of the image list could not be read the last time'],
  seq: ['seq', 'string', 'counter of all changes'],
  changes: ['changes', 'zset', 'import → number of its last change; the latest changes only'],
  unknown: ['unknown', 'zset', 'import → since when it is unknown'],
  unowned: ['unowned', 'set', 'imports at rest without an image that may have created one'],
  released: ['released', 'zset', 'image → when its import was archived'],
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
    'counts of a batch, when it was created and finished, whether it is paused or archived',
  ],
  members: ['m:BATCH', 'zset', 'import → its place in the batch'],
  unknownOf: ['u:BATCH', 'zset', 'import of the batch → since when it is unknown'],
  recount: ['rc:BATCH', 'hash', 'what came out so far while a batch is being recounted'],
  oldDurations: ['d:BATCH', 'list', 'durations of a batch, as older versions kept them'],
  owners: ['owners:N', 'hash', 'image → import; spread over small hashes'],
  lease: ['lease:NAME', 'string', 'who does a task that one process does at a time'],
  cooldown: ['cool:KIND', 'string', 'pause of a kind of call'],
  foreign: [
    'foreign:KIND',
    'hash',
    'consecutive answers to a kind of call that did not come from the cloud',
  ],
} as const satisfies Readonly<Record<string, Row>>;

type Named = Readonly<Record<keyof typeof NAMED_KEYS | keyof typeof HOME_KEYS, string>>;
type Pattern = Exclude<keyof typeof PATTERN_KEYS, 'owners'>;

/** Names of everything the ledger keeps in Redis; one hash tag, so that a cluster keeps it together. */
export interface LedgerKeys extends Named, Readonly<Record<Pattern, (name: string) => string>> {
  readonly prefix: string;
  /** `NAMESPACE`, or `NAMESPACE@CLOUD`. */
  readonly namespace: string;
  import(key: ImportKey): string;
  owners(n: number): string;
}

export function ledgerKeys(namespace: string): LedgerKeys {
  const prefix = `{imsferry:${namespace}}:`;
  const [installation = namespace] = namespace.split('@');
  return {
    prefix,
    namespace,
    ...named(NAMED_KEYS, prefix),
    ...named(HOME_KEYS, `{imsferry:${installation}}:`),
    import: (key) => `${prefix}i:${key}`,
    batch: (name) => `${prefix}b:${name}`,
    members: (name) => `${prefix}m:${name}`,
    unknownOf: (batch) => `${prefix}u:${batch}`,
    recount: (batch) => `${prefix}rc:${batch}`,
    oldDurations: (batch) => `${prefix}d:${batch}`,
    owners: (n) => `${prefix}owners:${n}`,
    lease: (name) => `${prefix}lease:${name}`,
    cooldown: (kind) => `${prefix}cool:${kind}`,
    foreign: (kind) => `${prefix}foreign:${kind}`,
  };
}

function named<K extends string>(rows: Readonly<Record<K, Row>>, prefix: string) {
  const names = Object.entries<Row>(rows).map(([field, [name]]) => [field, `${prefix}${name}`]);
  return Object.fromEntries(names) as Readonly<Record<K, string>>;
}

const LEASES = ['duties', 'time', 'list', 'scan', 'archive'];
const KINDS_OF_CALL = ['submit', 'read'];

/** Keys whose type can be checked by their name. Those of BullMQ and the tokens are not ours to judge. */
export function keyTypes(): readonly { readonly name: string; readonly type: KeyType }[] {
  const rows: readonly Row[] = [...Object.values(NAMED_KEYS), ...Object.values(HOME_KEYS)];
  const fixed = rows.map(([name, type]) => ({ name, type }));
  return [
    ...fixed.filter(({ type }) => type !== 'channel'),
    ...LEASES.map((name) => ({ name: `lease:${name}`, type: 'string' }) as const),
    ...KINDS_OF_CALL.flatMap(
      (kind) =>
        [
          { name: `foreign:${kind}`, type: 'hash' },
          { name: `cool:${kind}`, type: 'string' },
          { name: `cool:${kind}:n`, type: 'string' },
        ] as const,
    ),
  ];
}
