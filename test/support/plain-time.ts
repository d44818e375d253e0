import type { FleetClock } from '../../src/shared/ledger/fleet-clock.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';

/** The fleet's time for what does not ask how it passes: this machine's. */
export const plainTime: FleetClock = {
  ...systemClock,
  wall: systemClock,
  offsetMs: 0,
  measure: async () => undefined,
  freshen: async () => undefined,
  tick: async () => false,
};
