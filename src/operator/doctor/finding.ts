import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';

/** What is looked at, in this order. */
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
  | 'OBS';

/** One thing that was looked at. */
export interface Finding {
  readonly area: Area;
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly said: string;
  /** What to mend. */
  readonly advice?: string;
}

export const ok = (area: Area, said: string): Finding => ({ area, state: 'ok', said });
export const skipped = (area: Area, said: string): Finding => ({ area, state: 'skipped', said });
export const warning = (area: Area, said: string, advice?: string): Finding =>
  withAdvice({ area, state: 'warning', said }, advice);
export const failed = (area: Area, said: string, advice?: string): Finding =>
  withAdvice({ area, state: 'failed', said }, advice);

function withAdvice(finding: Finding, advice: string | undefined): Finding {
  return advice === undefined ? finding : { ...finding, advice };
}

const CODES: Readonly<Partial<Record<Area, ExitCode>>> = {
  settings: EXIT.usage,
  ledger: EXIT.usage,
  quota: EXIT.imageFailed,
};

/** Of the first fault: settings 2, a used up quota 1, everything else cannot be reached or refuses: 3. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const first = findings.find(({ state }) => state === 'failed');
  return first === undefined ? EXIT.ok : (CODES[first.area] ?? EXIT.unreachable);
}
