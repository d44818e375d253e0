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
import {
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Span, Telemetry } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import type { TraceConfig } from '../config/config.ts';
import type { Logger } from '../log/logger.ts';
import { atMost, atMostEvery, systemClock } from '../runtime/clock.ts';
import { attemptSpan, type TraceIds, traceIds } from './attempt-span.ts';
import type { Traced, Traces } from './traces.ts';

/** Unsent spans while a collector is away; more are dropped. */
const MAX_WAITING = 2048;
const EXPORT_MS = 5000;
/** A killed process loses at most the spans of a second. */
const SEND_EVERY_MS = 1000;
const CLOSE_MS = 1000;
const WARN_EVERY_MS = 60_000;

/** Sends traces to an OTLP collector; BullMQ's own spans are children of those of the images. */
export function startTraces(
  options: TraceConfig & { readonly namespace: string },
  log: Logger,
): Traces {
  const ids = chosenIds();
  const exporter = new OTLPTraceExporter({ url: options.url, timeoutMillis: EXPORT_MS });
  const provider = new TracerProvider({
    idGenerator: ids,
    resource: resourceFromAttributes({ 'service.name': options.serviceName }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MAX_WAITING,
        scheduledDelayMillis: SEND_EVERY_MS,
      }),
    ],
  });
  const mayWarn = atMostEvery(systemClock, WARN_EVERY_MS);
  setGlobalErrorHandler(() => {
    if (mayWarn()) log.warn('traces could not be sent to the collector; imports continue');
  });
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
    call: callsOf(tracer),
    outcome: (entry, endedAt) => {
      const { name, problem, endTime, ...span } = attemptSpan(entry, endedAt);
      // The very next span is the one that gets the chosen ids: nothing may come in between.
      ids.choose(traceIds(options.namespace, entry));
      const attempt = tracer.startSpan(name, { root: true, ...span });
      if (problem !== undefined) {
        attempt.setStatus({ code: SpanStatusCode.ERROR, message: problem });
      }
      attempt.end(endTime);
    },
    close: async () => {
      const closed = provider.shutdown().catch(() => undefined);
      await atMost(systemClock, CLOSE_MS, closed);
    },
  };
}

function callsOf(tracer: Tracer): Traces['call'] {
  return (name, work, ended) =>
    tracer.startActiveSpan(name, { kind: SpanKind.CLIENT }, async (span) => {
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

/** Random ids, except for a span whose ids were chosen right before it. */
function chosenIds(): IdGenerator & { readonly choose: (ids: TraceIds) => void } {
  const random = new RandomIdGenerator();
  const chosen = new Map<string, string>();
  const take = (name: keyof TraceIds): string | undefined => {
    const id = chosen.get(name);
    chosen.delete(name);
    return id;
  };
  return {
    choose: ({ traceId, spanId }) => {
      chosen.set('traceId', traceId).set('spanId', spanId);
    },
    generateTraceId: () => take('traceId') ?? random.generateTraceId(),
    generateSpanId: () => take('spanId') ?? random.generateSpanId(),
  };
}

/** With these a step makes BullMQ run it again later: nothing went wrong. */
const EXPECTED = /^(DelayedError|WaitingError)$/;

/** The same, but without recording these as exceptions. */
function quietly(telemetry: Telemetry): Telemetry {
  const { tracer } = telemetry;
  return {
    ...telemetry,
    contextManager: telemetry.contextManager,
    tracer: {
      startSpan: (name, options, context) => quietSpan(tracer.startSpan(name, options, context)),
    },
  };
}

function quietSpan(span: Span): Span {
  return {
    setSpanOnContext: (context) => span.setSpanOnContext(context),
    setAttribute: (key, value) => span.setAttribute(key, value),
    setAttributes: (attributes) => span.setAttributes(attributes),
    addEvent: (name, attributes) => span.addEvent(name, attributes),
    recordException: (exception, time) => {
      const name = exception instanceof Error ? exception.name : '';
      if (!EXPECTED.test(name)) span.recordException(exception, time);
    },
    end: () => span.end(),
  };
}
