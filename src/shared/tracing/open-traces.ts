import type { Config } from '../config/config.ts';
import type { Logger } from '../log/logger.ts';
import { NO_TRACES, type Traces } from './traces.ts';

/** Off unless a collector is set; only then is OpenTelemetry loaded. */
export async function openTraces(
  { traces, namespace }: Pick<Config, 'traces' | 'namespace'>,
  log: Logger,
): Promise<Traces> {
  if (!traces) return NO_TRACES;
  const { startTraces } = await import('./open-telemetry.ts');
  return startTraces({ ...traces, namespace }, log);
}
