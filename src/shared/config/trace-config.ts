import { addressFault } from './clean-value.ts';
import type { TraceConfig } from './config.ts';
import type { EnvReader } from './env-reader.ts';

/** OpenTelemetry: the endpoint is the base of the path of each signal. */
export function tracesOf(read: EnvReader): { readonly traces?: TraceConfig } {
  const endpoint = read.text('OTEL_EXPORTER_OTLP_ENDPOINT');
  const serviceName = read.text('OTEL_SERVICE_NAME') ?? 'ims-ferry';
  if (read.flag('OTEL_SDK_DISABLED') || endpoint === undefined) return {};
  const isUrl = addressFault(endpoint) === undefined && URL.canParse(endpoint);
  if (!isUrl || !/^https?:$/.test(new URL(endpoint).protocol)) {
    read.issues.push('OTEL_EXPORTER_OTLP_ENDPOINT is no http or https URL');
    return {};
  }
  return { traces: { url: `${endpoint.replace(/(?<!\/)\/+$/, '')}/v1/traces`, serviceName } };
}
