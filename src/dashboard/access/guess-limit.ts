import { isIPv6 } from 'node:net';
import type { Clock } from '../../shared/runtime/clock.ts';

const MOST_GUESSES = 10;
const WINDOW_MS = 5 * 60_000;
/** More addresses than these are not remembered: the oldest is forgotten first. */
const MOST_ADDRESSES = 10_000;

interface Guesses {
  readonly count: number;
  readonly until: number;
}

/**
 * Counts wrong logins by who makes them, an address or a known device; after ten it waits until five
 * minutes have passed. A right login takes nothing back: who asks from the same address may be another.
 */
export class GuessLimit {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #guesses = new Map<string, Guesses>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Milliseconds that this address has to wait; 0 = it may try. */
  waitMs(address: string): number {
    const known = this.#known(address);
    return known && known.count >= MOST_GUESSES ? known.until - this.#clock.monotonic() : 0;
  }

  wrong(address: string): void {
    const known = this.#known(address);
    const until = known?.until ?? this.#clock.monotonic() + WINDOW_MS;
    this.#guesses.set(networkOf(address), { count: (known?.count ?? 0) + 1, until });
    if (this.#guesses.size <= MOST_ADDRESSES) return;
    for (const oldest of this.#guesses.keys()) {
      this.#guesses.delete(oldest);
      return;
    }
  }

  #known(address: string): Guesses | undefined {
    const network = networkOf(address);
    const known = this.#guesses.get(network);
    if (!known || known.until > this.#clock.monotonic()) return known;
    this.#guesses.delete(network);
    return undefined;
  }
}

/** Who has one IPv6 address has a whole /64 of them. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const first = head.split(':').filter(Boolean);
  const last = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last];
  return groups.slice(0, 4).join(':');
}
