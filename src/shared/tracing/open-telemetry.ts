import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { BullMQOtel } from 'bullmq-otel';
import type { TraceConfig } from '../config/config.ts';
import type { Logger } from '../log/logger.ts';
import { atMost, systemClock } from '../runtime/clock.ts';
import { type AttemptSpan, attemptSpan } from './attempt-span.ts';
import { ChosenIds } from './chosen-ids.ts';
import { quietly } from './quiet-telemetry.ts';
import { traceIds } from './trace-ids.ts';
import type { Traced, Traces } from './traces.ts';

/** What is not sent yet when a collector is away; more is dropped. */
const MOST_WAITING = 2048;
const EXPORT_MS = 5000;
/** A process that is killed takes no more than the spans of a second with it. */
const SEND_EVERY_MS = 1000;
const CLOSE_MS = 1000;
const WARN_EVERY_MS = 60_000;

export interface TraceOptions extends TraceConfig {
  readonly namespace: string;
}

/** Sends traces to an OTLP collector; BullMQ's own spans hang in those of the images. */
export function startTraces(options: TraceOptions, log: Logger): Traces {
  const ids = new ChosenIds();
  const exporter = new OTLPTraceExporter({ url: options.url, timeoutMillis: EXPORT_MS });
  const provider = new TracerProvider({
    idGenerator: ids,
    resource: resourceFromAttributes({ 'service.name': options.serviceName }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MOST_WAITING,
        scheduledDelayMillis: SEND_EVERY_MS,
      }),
    ],
  });
  setGlobalErrorHandler(onceAMinute(log));
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const tracer = trace.getTracer('ims-ferry');
  const contextOf = (traced: Traced): Context =>
    trace.setSpanContext(ROOT_CONTEXT, {
      ...traceIds(options.namespace, traced),
      traceFlags: TraceFlags.SAMPLED,
    });
  return {
    telemetry: quietly(new BullMQOtel({ tracerName: 'ims-ferry' })),
    metadataOf: (traced) => {
      const carrier = {};
      propagation.inject(contextOf(traced), carrier);
      return JSON.stringify(carrier);
    },
    within: (traced, work) => context.with(contextOf(traced), work),
    call: (name, work, ended) => calling(tracer, name, { work, ended }),
    outcome: (entry, endedAt) => {
      endAttempt(tracer, attemptSpan(entry, endedAt), () =>
        ids.choose(traceIds(options.namespace, entry)),
      );
    },
    close: async () => {
      const closed = provider.shutdown().catch(() => undefined);
      await atMost(systemClock, CLOSE_MS, closed);
    },
  };
}

async function calling<T>(
  tracer: Tracer,
  name: string,
  { work, ended }: Pick<CallParts<T>, 'work' | 'ended'>,
): Promise<T> {
  return tracer.startActiveSpan(name, { kind: SpanKind.CLIENT }, async (span) => {
    try {
      const result = await work();
      const { attributes, isError } = ended(result);
      span.setAttributes(attributes);
      if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
      return result;
    } finally {
      span.end();
    }
  });
}

interface CallParts<T> {
  readonly work: () => Promise<T>;
  readonly ended: Parameters<Traces['call']>[2] extends (result: never) => infer R
    ? (result: T) => R
    : never;
}

function endAttempt(tracer: Tracer, attempt: AttemptSpan, choose: () => void): void {
  const { name, attributes, startTime, endTime, problem } = attempt;
  // The very next span is the one that gets the chosen ids: nothing may come in between.
  choose();
  const span = tracer.startSpan(name, { root: true, startTime, attributes });
  if (problem !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: problem });
  span.end(endTime);
}

/** A collector that is away is no reason to worry anybody more often. */
function onceAMinute(log: Logger): (error: unknown) => void {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = systemClock.monotonic();
    if (now - warnedAt < WARN_EVERY_MS) return;
    warnedAt = now;
    log.warn('traces could not be sent to the collector; imports go on');
  };
}
