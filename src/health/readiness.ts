/** Why something is not as it should be. */
export interface HealthReason {
  readonly code: string;
  readonly message: string;
}

export interface Readiness {
  /** What keeps it from doing its work: not ready while there is one. */
  readonly reasons: readonly HealthReason[];
  /** What a person should know, though it works. */
  readonly notes: readonly HealthReason[];
}

export const READY: Readiness = { reasons: [], notes: [] };

export function notReady(code: string, message: string): Readiness {
  return { reasons: [{ code, message }], notes: [] };
}
