import type { SimulatorSettings } from '../../simulator/settings.ts';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import type { Random } from '../../src/shared/runtime/random.ts';

export const PROFILE_NAMES = ['none', 'calm', 'rough', 'storm'] as const;
type ProfileName = (typeof PROFILE_NAMES)[number];

/** What goes wrong in the cloud, apart from the strikes. */
interface Profile {
  readonly settings: SimulatorSettings;
  /** The largest delay of the list; a new one is drawn every second. */
  readonly listingDelayMs: number;
}

const READS = { staleMs: 1000, dripMs: 2 };

const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  none: { settings: { latencyMs: 20 }, listingDelayMs: 0 },
  calm: {
    settings: {
      latencyMs: 20,
      createFaults: { dropAfter: 0.005, lateAccept: 0.005, http500: 0.0025, throttle: 0.0025 },
      readFaults: { ...READS, http500: 0.005, drop: 0.005 },
    },
    listingDelayMs: 500,
  },
  rough: {
    settings: {
      latencyMs: 25,
      failShare: 0.01,
      retryAfter: 1,
      createFaults: {
        dropAfter: 0.02,
        lateAccept: 0.02,
        http500: 0.0025,
        http502Accepted: 0.0025,
        html: 0.0025,
        htmlAccepted: 0.0025,
        throttle: 0.01,
      },
      readFaults: {
        ...READS,
        http500: 0.005,
        http502: 0.005,
        html: 0.005,
        drop: 0.005,
        throttle: 0.001,
        drip: 0.002,
        stale: 0.005,
      },
    },
    listingDelayMs: 1000,
  },
  storm: {
    settings: {
      latencyMs: 40,
      failShare: 0.02,
      retryAfter: 1,
      createFaults: {
        dropBefore: 0.02,
        dropAfter: 0.06,
        lateAccept: 0.05,
        lateHang: 0.01,
        hangAccepted: 0.01,
        hang: 0.005,
        http500: 0.01,
        http504Accepted: 0.02,
        htmlAccepted: 0.01,
        emptyAccepted: 0.01,
        garbageAccepted: 0.01,
        noJobId: 0.005,
        throttle: 0.02,
      },
      readFaults: {
        ...READS,
        http500: 0.02,
        http502: 0.02,
        html: 0.02,
        drop: 0.03,
        hang: 0.0005,
        throttle: 0.003,
        drip: 0.01,
        stale: 0.02,
      },
    },
    listingDelayMs: 2000,
  },
};

/** Late creates arrive within this share of the window: policy `resubmit` relies on that. */
const LATEST_SHARE = 0.4;

export function latestArrivalMs(windowMs: number): number {
  return windowMs * LATEST_SHARE;
}

export function profileOf(name: ProfileName): Profile {
  return PROFILES[name];
}

/** Draws new delays of the list and of late creates every second, until the run ends. */
export async function changeWeather(
  { faults, windowMs }: { readonly faults: ProfileName; readonly windowMs: number },
  { simulator, signal }: { readonly simulator: Simulator; readonly signal: AbortSignal },
  random: Random,
): Promise<void> {
  const { listingDelayMs } = PROFILES[faults];
  while (!signal.aborted) {
    simulator.set({
      listingDelayMs: Math.round(listingDelayMs * random.next()),
      createFaults: { lateMs: Math.round(latestArrivalMs(windowMs) * (0.1 + 0.9 * random.next())) },
    });
    await systemClock.sleep(1000, signal);
  }
}
