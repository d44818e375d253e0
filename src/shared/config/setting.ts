/** One environment variable, as the README lists it. */
export interface Setting {
  readonly name: string;
  /** As written in the environment; empty when there is none. */
  readonly default: string;
  readonly meaning: string;
}
