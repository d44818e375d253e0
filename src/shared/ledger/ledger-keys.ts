import type { ImportKey } from '../image/import-key.ts';

/** Names of everything the ledger keeps in Redis; one hash tag, so that a cluster keeps it together. */
export interface LedgerKeys {
  readonly prefix: string;
  /** `NAMESPACE`, or `NAMESPACE@CLOUD`. */
  readonly namespace: string;
  /** Set, of all clouds of an installation: the clouds that manifests have named. */
  readonly clouds: string;
  /** Of all clouds of an installation: the name of the one that manifests need not name. */
  readonly ownCloud: string;
  /** Hash that older versions kept for all clouds of an installation: project id → its namespace. */
  readonly projects: string;
  /** Hash: schema, project, generation, what was scanned when, until when creates are frozen. */
  readonly meta: string;
  /** Hash: why the project is stopped. */
  readonly stop: string;
  /** Set of import keys that hold a place. */
  readonly inFlight: string;
  /** Sorted set: import key → the time by which it must have moved. */
  readonly due: string;
  /** Sorted set: batch name → when it was first registered. */
  readonly batches: string;
  /** Channel: a place was freed, a stop lifted, a scan finished. */
  readonly wake: string;
  /** Sorted set: import key → milliseconds from acceptance until it was listed. */
  readonly lags: string;
  /** Hash: class of imports → how long they take. */
  readonly durations: string;
  /** Sorted set: import key → when the list showed it as being created; negative: when no more. */
  readonly seen: string;
  /** Hash: how many images that left the list were done (`right`) or not (`wrong`). */
  readonly seenJudged: string;
  /** There while the list is known not to show images that are being created. */
  readonly unseen: string;
  /** List: when creates were admitted within the last minute, the latest first. */
  readonly posts: string;
  /** Hash: how many requests a second the cloud takes, as far as it was learned. */
  readonly budget: string;
  /** Sorted set: worker → the time until which it counts as alive. */
  readonly workers: string;
  /** Hash: worker that may hold an intent → when and on which run of the server it told what it knew. */
  readonly holders: string;
  /** Hash: file of a watched folder → which version of it was taken, into which batch. */
  readonly files: string;
  /** Hash: image of another installation, not settled yet → what it is. */
  readonly others: string;
  /** What of the image list could not be read when it was read last. */
  readonly odd: string;
  /** Set: every image of another installation that was noted. */
  readonly othersKnown: string;
  /** Counter of all changes. */
  readonly seq: string;
  /** Sorted set: import key → number of its last change; only the latest changes. */
  readonly changes: string;
  /** Sorted set: import key → since when it is unknown. */
  readonly unknown: string;
  /** Set: imports that came to rest without an image, and may have created one. */
  readonly unowned: string;
  /** Sorted set: image id → when its import was archived. */
  readonly released: string;
  /** Sorted set: key of an import that is missing → when that was noticed. */
  readonly lost: string;
  /** List of what was repaired, the latest first. */
  readonly repairs: string;
  /** Hash: image id → import key; spread over small hashes. */
  owners(n: number): string;
  import(key: ImportKey): string;
  batch(name: string): string;
  /** Sorted set: import key → place in the batch. */
  members(name: string): string;
  /** Sorted set: import key → since when it is unknown. */
  unknownOf(batch: string): string;
  /** Hash: what came out until now while the images of a batch are counted again. */
  recount(batch: string): string;
  /** List that older versions kept of a batch's durations. */
  oldDurations(batch: string): string;
  lease(name: string): string;
  cooldown(kind: string): string;
  /** Hash: answers in a row that were not the cloud's own, to calls of this kind. */
  foreign(kind: string): string;
}

export function ledgerKeys(namespace: string): LedgerKeys {
  const prefix = `{imsferry:${namespace}}:`;
  const [installation = namespace] = namespace.split('@');
  const home = `{imsferry:${installation}}:`;
  return {
    prefix,
    namespace,
    clouds: `${home}clouds`,
    ownCloud: `${home}own-cloud`,
    projects: `${home}projects`,
    meta: `${prefix}meta`,
    stop: `${prefix}stop`,
    inFlight: `${prefix}inflight`,
    due: `${prefix}due`,
    batches: `${prefix}batches`,
    wake: `${prefix}wake`,
    lags: `${prefix}lags`,
    durations: `${prefix}durations`,
    seen: `${prefix}seen`,
    seenJudged: `${prefix}seen:judged`,
    unseen: `${prefix}unseen`,
    posts: `${prefix}posts`,
    budget: `${prefix}budget`,
    workers: `${prefix}workers`,
    holders: `${prefix}holders`,
    files: `${prefix}files`,
    others: `${prefix}others`,
    odd: `${prefix}odd`,
    othersKnown: `${prefix}others:known`,
    seq: `${prefix}seq`,
    changes: `${prefix}changes`,
    unknown: `${prefix}unknown`,
    unowned: `${prefix}unowned`,
    released: `${prefix}released`,
    lost: `${prefix}lost`,
    repairs: `${prefix}repairs`,
    owners: (n) => `${prefix}owners:${n}`,
    import: (key) => `${prefix}i:${key}`,
    batch: (name) => `${prefix}b:${name}`,
    members: (name) => `${prefix}m:${name}`,
    unknownOf: (batch) => `${prefix}u:${batch}`,
    recount: (batch) => `${prefix}rc:${batch}`,
    oldDurations: (batch) => `${prefix}d:${batch}`,
    lease: (name) => `${prefix}lease:${name}`,
    cooldown: (kind) => `${prefix}cool:${kind}`,
    foreign: (kind) => `${prefix}foreign:${kind}`,
  };
}
