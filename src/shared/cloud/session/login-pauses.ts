import { CloudError } from '../../errors/errors.ts';
import type { Clock } from '../../runtime/clock.ts';

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/** Who waits by himself draws his pauses from 80 to 120 %: he never comes too early. */
const SHARE = 0.8;

/** An IAM that is in trouble is asked less and less often; in between its last answer counts. */
export class LoginPauses {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #failures = 0;
  #until = Number.NEGATIVE_INFINITY;
  #error: CloudError | undefined;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Why IAM is not asked now; `undefined` when it may be asked. */
  error(): CloudError | undefined {
    return this.#clock.monotonic() < this.#until ? this.#error : undefined;
  }

  async around<T>(asked: Promise<T>): Promise<T> {
    try {
      const answer = await asked;
      this.#failures = 0;
      return answer;
    } catch (error) {
      // A refusal has a pause of its own, and an error of Redis says nothing about IAM.
      if (error instanceof CloudError) this.#begin(error);
      throw error;
    }
  }

  #begin(error: CloudError): void {
    const pauseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#until = this.#clock.monotonic() + SHARE * pauseMs;
    this.#error = error;
  }
}
