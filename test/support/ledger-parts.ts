import type { Redis } from 'ioredis';
import type { FleetClock } from '../../src/shared/ledger/fleet-clock.ts';
import type { Holder } from '../../src/shared/ledger/guard-store.ts';
import type { AdmitAnswer, Intent } from '../../src/shared/ledger/import-store.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { openStores, type Stores } from '../../src/shared/ledger/stores.ts';
import { type Clock, systemClock } from '../../src/shared/runtime/clock.ts';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import { manifestImages } from './images.ts';
import { plainTime } from './plain-time.ts';

export const KEYS = ledgerKeys('test');
export const AT = { now: 1000, due: 5000 };
export const INTENT: Intent = {
  now: 1000,
  submittedAt: 1000,
  budgetMs: 1000,
  due: 9000,
  sender: 'w',
  maxInFlight: 30,
  gapMs: 0,
  seenGeneration: 0,
};

/** The sender of `INTENT`, as it reports; its intents are safe. */
export const HOLDER: Holder = {
  workerId: 'w',
  seen: 0,
  isSafe: true,
  isKept: true,
  windowMs: 1000,
};

interface LedgerParts extends Stores {
  readonly clock: Clock;
  readonly time: FleetClock;
}

export function openLedgerParts(redis: Redis): LedgerParts {
  return {
    clock: systemClock,
    time: plainTime,
    ...openStores(redis, KEYS),
  };
}

export interface RegisteredParts extends LedgerParts {
  readonly members: readonly string[];
}

/** A ledger with `count` imports that may be admitted: the image list was scanned. */
export async function registered(
  redis: Redis,
  count: number,
  batch = 'b',
): Promise<RegisteredParts> {
  const parts = openLedgerParts(redis);
  await parts.batches.register(batch, manifestImages(count), AT);
  await parts.guard.report(HOLDER);
  await parts.guard.scanned(await parts.guard.beginScan());
  const members = await parts.batches.members(batch, 0, count);
  return { ...parts, members };
}

export async function admitted(
  parts: RegisteredParts,
  index: number,
  intent: Partial<Intent> = {},
): Promise<AdmitAnswer> {
  const entry = await parts.ledger.read(parts.members[index] ?? '');
  if (!entry) throw new Error('not registered');
  return parts.ledger.admit(entry, { ...INTENT, ...intent });
}

/** The state version that a read would see now. */
export async function readAs(parts: Pick<LedgerParts, 'ledger'>, key: string): Promise<string> {
  const entry = await parts.ledger.read(key);
  return entry ? stateVersion(entry) : '';
}
