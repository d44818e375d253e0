import type { SimulatorSettings } from '../../simulator/start-simulator.ts';
import { AWAY } from '../support/copies.ts';

/** What happens around the import whose worker is struck, so that each point is crossed. */
export interface Scenario {
  readonly cloud?: SimulatorSettings;
  /** Beside the account's, which are those of `test/support/account.ts` with a lock of 1 s. */
  readonly env?: Readonly<Record<string, string>>;
  readonly imageUrl?: string;
  /** How many creates the cloud accepts for two images. @default 2 */
  readonly creates?: number;
  /** Copies of an image that is there, instead of two images. */
  readonly copies?: 'here' | 'away';
  /** clouds.yaml has an entry for the other region. */
  readonly clouds?: true;
  /** Done once when the images are registered. */
  readonly also?: 'drain-queues' | 'make-room';
}

export const SCENARIOS = {
  plain: {},
  slow: { cloud: { duration: 3000 } },
  /** Accepted, and the answer is lost: looked up and adopted. */
  dropped: { cloud: { nextCreates: { dropAfter: 1 } } },
  /** Never arrived: sent again after the window. */
  unseen: { cloud: { nextCreates: { dropBefore: 1 } } },
  /** Accepted after the client has given up, within the window. */
  late: {
    cloud: { nextCreates: { lateAccept: 1 }, createFaults: { lateMs: 2000 } },
    env: { IMS_FERRY_UNKNOWN_WINDOW_MS: '2500' },
  },
  /** A create without an answer, while its sender lives. */
  hanging: {
    cloud: { nextCreates: { hangAccepted: 1 } },
    // Long enough for somebody to ask whether its sender lives, also where time is counted late.
    env: { IMS_FERRY_UNKNOWN_WINDOW_MS: '60000', IMS_FERRY_POST_TIMEOUT_MS: '20000' },
  },
  throttled: { cloud: { nextCreates: { throttle: 1 }, retryAfter: 1 } },
  refused: { imageUrl: 'bucket:missing', creates: 0 },
  failing: { imageUrl: 'bucket:broken' },
  full: { cloud: { imageQuota: 1 }, also: 'make-room' },
  drained: { also: 'drain-queues' },
  /** Policy auto asks the list while images are being created. */
  measured: { env: { IMS_FERRY_UNKNOWN_POLICY: 'auto' }, cloud: { duration: 3000 } },
  copied: { copies: 'here' },
  /** One of the two in another region. */
  away: { copies: 'away', clouds: true, cloud: { projects: [AWAY] } },
  /** The answer to the first copy is lost: found by the marker in its description. */
  copyDropped: { copies: 'here', cloud: { nextCreates: { dropAfter: 1 } } },
  awayDropped: {
    ...{ copies: 'away', clouds: true },
    cloud: { projects: [AWAY], nextCreates: { dropAfter: 2 } },
  },
  copyUnseen: { copies: 'here', cloud: { nextCreates: { dropBefore: 1 } } },
  /** One place: the second copy waits in the crowd. */
  crowded: { copies: 'here', cloud: { copyLimit: 1 } },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
