import type { SubmitAnswer } from '../shared/cloud/ims/ims-answers.ts';
import { isGatewayCode } from '../shared/dialect/error-catalogue.ts';
import type { ImportKey } from '../shared/image/import-key.ts';
import type { Clock } from '../shared/runtime/clock.ts';

/** Refusals in a row that stop the project: where nothing was accepted yet, and where it was lately. */
const ROW = { unproven: 3, proven: 10 };
/** One image is tried this many times where IMS accepts others. */
const TRIES = 3;
const PROVEN_MS = 3_600_000;

type StopAnswer = Pick<Extract<SubmitAnswer, { kind: 'stop' }>, 'reason' | 'code'>;

/** `again`: not clear yet. `image`: only this image is refused. `project`: nothing would be accepted. */
type RefusedScope = 'again' | 'image' | 'project';

/**
 * Whose permission is missing? IMS has one code for a role that may create nothing and for an object or a key
 * that may not be read. What becomes of other images decides: if one is accepted after this one was refused,
 * the project may create, and only this image is refused. Several refusals in a row stop the project. Nothing
 * fails and nothing stops at the first refusal.
 */
export class PermissionRefusals {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #startedAt = new Map<ImportKey, number>();
  readonly #refused = new Map<ImportKey, { readonly since: number; readonly tries: number }>();
  #acceptedAt = Number.NEGATIVE_INFINITY;
  #inARow = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** The create of an image leaves now. */
  started(key: ImportKey): void {
    this.#startedAt.set(key, this.#clock.monotonic());
  }

  /** Its answer has come, and has nothing to do with permissions. */
  ended(key: ImportKey): void {
    this.#startedAt.delete(key);
  }

  accepted(key: ImportKey): void {
    this.ended(key);
    this.#refused.delete(key);
    this.#acceptedAt = this.#clock.monotonic();
    this.#inARow = 0;
  }

  /** Quota, money and the gateway look at no image: their refusals are the project's. */
  scopeOf(key: ImportKey, { reason, code }: StopAnswer): RefusedScope {
    if (reason !== 'permission' || isGatewayCode(code)) {
      this.ended(key);
      return 'project';
    }
    const now = this.#clock.monotonic();
    // A create that was under way when another was accepted proves nothing about what came after.
    if ((this.#startedAt.get(key) ?? now) >= this.#acceptedAt) this.#inARow += 1;
    this.ended(key);
    const { since, tries } = this.#refused.get(key) ?? { since: now, tries: 0 };
    const isProven = now - this.#acceptedAt < PROVEN_MS;
    if (isProven && (this.#acceptedAt > since || tries + 1 >= TRIES)) {
      this.#refused.delete(key);
      return 'image';
    }
    if (this.#inARow >= (isProven ? ROW.proven : ROW.unproven)) {
      this.#refused.clear();
      this.#inARow = 0;
      return 'project';
    }
    this.#refused.set(key, { since, tries: tries + 1 });
    return 'again';
  }
}
