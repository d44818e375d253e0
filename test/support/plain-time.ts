import type { FleetClock } from '../../src/shared/ledger/fleet-clock.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';

/** The fleet's time for tests to which it does not matter: this machine's clock. */
export const plainTime: FleetClock = {
  ...systemClock,
  wall: systemClock,
  offsetMs: 0,
  measure: async () => undefined,
  freshen: async () => undefined,
  tick: async () => false,
};
