import type { Clock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { DEFAULT_OPTIONS } from '../default-options.ts';
import { FaultDice } from '../faults/fault-dice.ts';
import { CREATE_FAULT_NAMES, READ_FAULT_NAMES } from '../faults/faults.ts';
import { Accounts } from '../iam/accounts.ts';
import { Cloud } from '../ims/cloud.ts';
import type { SimulatorOptions } from '../options.ts';
import { mergeSettings, type SimulatorSettings } from '../settings.ts';
import type { KeptWorld } from '../state/kept-world.ts';
import type { Stats, World } from './context.ts';

export function createWorld(
  settings: SimulatorSettings,
  clock: Clock,
  closing: AbortSignal,
): World {
  const initial = mergeSettings(DEFAULT_OPTIONS, settings);
  const keep = (): Promise<void> => Promise.resolve();
  const world = { initial, clock, closing, keep, starts: 0, ...freshState(initial, clock, 0) };
  planFaults(world, settings);
  return world;
}

/** As after the start: no images, no tokens, nothing counted, the first options. */
export function resetWorld(world: World): void {
  Object.assign(world, freshState(world.initial, world.clock, world.starts));
}

/** The saved world, with the switches and planned faults of this start. */
export function restoreWorld(world: World, kept: KeptWorld): void {
  const starts = kept.starts + 1;
  // Ids that are in use must never be drawn again.
  const { cloud, accounts, requestIds } = freshState(world.initial, world.clock, starts);
  cloud.restore(kept.cloud);
  accounts.restore(kept.tokens);
  Object.assign(world, { starts, stats: kept.stats, cloud, accounts, requestIds });
}

export function changeOptions(world: World, settings: SimulatorSettings): void {
  world.options = mergeSettings(world.options, settings);
  planFaults(world, settings);
}

function planFaults(
  world: World,
  { nextCreates, nextReads, nextDeletes }: SimulatorSettings,
): void {
  if (nextCreates) world.createDice.plan(nextCreates);
  if (nextReads) world.readDice.plan(nextReads);
  if (nextDeletes) world.deleteDice.plan(nextDeletes);
}

function noStats(): Stats {
  const counts = { logins: 0, failedLogins: 0, signed: 0, failedSignatures: 0 };
  return { ...counts, loginsBy: {}, posts: 0, throttled: 0, calls: {}, endpoints: {}, faults: {} };
}

const BETWEEN_STARTS = 1_000_003;

/** A stream of random numbers for each purpose: reading a job more often changes no image. */
function freshState(options: SimulatorOptions, clock: Clock, starts: number) {
  const stream = (purpose: number) =>
    seededRandom(options.seed * 31 + purpose + starts * BETWEEN_STARTS);
  return {
    options,
    stats: noStats(),
    cloud: new Cloud(clock, stream(1)),
    accounts: new Accounts(clock, stream(2)),
    createDice: new FaultDice(CREATE_FAULT_NAMES, stream(3)),
    readDice: new FaultDice(READ_FAULT_NAMES, stream(4)),
    requestIds: stream(5),
    deleteDice: new FaultDice(CREATE_FAULT_NAMES, stream(6)),
    window: { second: 0, count: 0 },
  };
}
