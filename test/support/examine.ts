import { type FerryEnv, runFerry } from './ferry.ts';

interface Finding {
  readonly area: string;
  readonly state: string;
  readonly said: string;
  readonly advice?: string;
}

/** `doctor`: its findings, those that failed, and its complete output. */
export async function examine(env: FerryEnv, ...args: readonly string[]) {
  const { code, stdout, stderr } = await runFerry(['doctor', '--json', ...args], env);
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  const failed = findings.filter(({ state }) => state === 'failed');
  return { code, findings, failed, text: stdout + stderr };
}
