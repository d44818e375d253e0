import type { SubmitAnswer } from '../../shared/cloud/ims/ims-answers.ts';
import { isGatewayCode } from '../../shared/dialect/error-catalogue.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import type { Clock } from '../../shared/runtime/clock.ts';

/** Refusals in a row that are the project's, where nothing was accepted yet, and where it was lately. */
const ROW = { unproven: 3, proven: 10 };
/** So often one image is tried where IMS takes others. */
const TRIES = 3;
const PROVEN_MS = 3_600_000;

type Refusal = Extract<SubmitAnswer, { kind: 'stop' }>;

/** `again`: it cannot be told yet. `image`: refused for its own sake. `project`: nothing would be taken. */
export type Whose = 'again' | 'image' | 'project';

/**
 * Whose permission is missing? IMS has one code for a role that may create nothing and for an object
 * or a key that may not be read. What becomes of other images tells: while one is accepted after this
 * one was refused, the project may create, and this image is refused for its own sake. Several that
 * are refused in a row stop the project. Nothing fails and nothing stops at the first refusal.
 */
export class PermissionDoubts {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #begunAt = new Map<ImportKey, number>();
  readonly #refused = new Map<ImportKey, { readonly since: number; readonly tries: number }>();
  #acceptedAt = Number.NEGATIVE_INFINITY;
  #inARow = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** The create of an image leaves now. */
  begin(key: ImportKey): void {
    this.#begunAt.set(key, this.#clock.monotonic());
  }

  /** Its answer has come, and says nothing about permissions. */
  end(key: ImportKey): void {
    this.#begunAt.delete(key);
  }

  accepted(key: ImportKey): void {
    this.end(key);
    this.#refused.delete(key);
    this.#acceptedAt = this.#clock.monotonic();
    this.#inARow = 0;
  }

  /** Of quota, money and the gateway there is no doubt: they look at no image. */
  refused(key: ImportKey, { reason, code }: Pick<Refusal, 'reason' | 'code'>): Whose {
    if (reason !== 'permission' || isGatewayCode(code)) {
      this.end(key);
      return 'project';
    }
    const now = this.#clock.monotonic();
    // One that was under way already when another was accepted says nothing about what came after.
    if ((this.#begunAt.get(key) ?? now) >= this.#acceptedAt) this.#inARow += 1;
    this.end(key);
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
