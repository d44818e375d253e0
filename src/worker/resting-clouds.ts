/** A cloud of copies is left alone for so long once it was tried in vain. */
const REST_MS = 10_000;
/** And while one copy tries it again. */
const TRY_MS = 60_000;

/**
 * Clouds of copies that this process has tried in vain: a thousand copies would take its submits the time of a timeout
 * each. Times are those of the monotonic clock.
 */
export class RestingClouds {
  readonly #resting = new Map<string, { readonly text: string; readonly until: number }>();

  /** Why a cloud is not to be tried now; of those that ask when it has rested, one tries it. */
  whyNot(cloud: string, now: number): string | undefined {
    const rest = this.#resting.get(cloud);
    if (rest === undefined) return undefined;
    if (now < rest.until) return rest.text;
    this.#resting.set(cloud, { ...rest, until: now + TRY_MS });
    return undefined;
  }

  triedInVain(cloud: string, text: string, now: number): void {
    this.#resting.set(cloud, { text, until: now + REST_MS });
  }

  answers(cloud: string): void {
    this.#resting.delete(cloud);
  }
}
