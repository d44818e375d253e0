import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';

/** What is checked, in this order. */
export type Area =
  | 'settings'
  | 'Redis'
  | 'ledger'
  | 'workers'
  | 'IAM'
  | 'clock'
  | 'login'
  | 'catalog'
  | 'IMS'
  | 'quota'
  | 'ECS'
  | 'OBS'
  | 'notify';

/** The result of one check. */
export interface Finding {
  readonly area: Area;
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly said: string;
  /** What to fix. */
  readonly advice?: string;
}

export const ok = (area: Area, said: string): Finding => ({ area, state: 'ok', said });
export const skipped = (area: Area, said: string): Finding => ({ area, state: 'skipped', said });
export const warning = (area: Area, said: string, advice?: string): Finding =>
  omitUndefined({ area, state: 'warning' as const, said, advice });
export const failed = (area: Area, said: string, advice?: string): Finding =>
  omitUndefined({ area, state: 'failed' as const, said, advice });

const CODES: Readonly<Partial<Record<Area, ExitCode>>> = {
  settings: EXIT.usage,
  ledger: EXIT.usage,
  quota: EXIT.imageFailed,
};

/** By the first failure: settings and ledger 2, an exhausted quota 1, anything else (unreachable, refused) 3. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const first = findings.find(({ state }) => state === 'failed');
  return first === undefined ? EXIT.ok : (CODES[first.area] ?? EXIT.unreachable);
}
