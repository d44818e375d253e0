import type { Clock } from '../../shared/runtime/clock.ts';
import { seededRandom } from '../../shared/runtime/random.ts';
import { CREATE_FAULT_NAMES } from '../faults/create-faults.ts';
import { FaultDice } from '../faults/fault-dice.ts';
import { READ_FAULT_NAMES } from '../faults/read-faults.ts';
import { Accounts } from '../iam/accounts.ts';
import { Cloud } from '../ims/cloud.ts';
import { DEFAULT_OPTIONS, type SimulatorOptions } from '../options.ts';
import { mergeSettings, type SimulatorSettings } from '../settings.ts';
import type { World } from './context.ts';

export function createWorld(
  settings: SimulatorSettings,
  server: {
    readonly clock: Clock;
    readonly closing: AbortSignal;
    readonly scheme: World['scheme'];
  },
): World {
  const initial = mergeSettings(DEFAULT_OPTIONS, settings);
  const world = { initial, ...server, ...freshState(initial, server.clock) };
  planFaults(world, settings);
  return world;
}

/** As after the start: no images, no tokens, nothing counted, the first options. */
export function resetWorld(world: World): void {
  Object.assign(world, freshState(world.initial, world.clock));
}

export function changeOptions(world: World, settings: SimulatorSettings): void {
  world.options = mergeSettings(world.options, settings);
  planFaults(world, settings);
}

function planFaults(world: World, { nextCreates, nextReads }: SimulatorSettings): void {
  if (nextCreates) world.createDice.plan(nextCreates);
  if (nextReads) world.readDice.plan(nextReads);
}

/** Chance has a stream of its own for each purpose: how often a job is read changes no image. */
function freshState(options: SimulatorOptions, clock: Clock) {
  const stream = (purpose: number) => seededRandom(options.seed * 31 + purpose);
  return {
    options,
    stats: {
      logins: 0,
      loginsBy: {},
      failedLogins: 0,
      posts: 0,
      throttled: 0,
      calls: {},
      faults: {},
    },
    cloud: new Cloud(clock, stream(1)),
    accounts: new Accounts(clock, stream(2)),
    createDice: new FaultDice(CREATE_FAULT_NAMES, stream(3)),
    readDice: new FaultDice(READ_FAULT_NAMES, stream(4)),
    requestIds: stream(5),
    window: { second: 0, count: 0 },
  };
}
