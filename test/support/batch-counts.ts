import { type FerryEnv, runFerry } from './ferry.ts';

/** How many images of a batch are in each state, as `status --json` reports it. */
export async function countsOf(batch: string, env: FerryEnv): Promise<Record<string, number>> {
  const { stdout } = await runFerry(['status', batch, '--json'], env);
  return (JSON.parse(stdout) as { counts: Record<string, number> }).counts;
}
