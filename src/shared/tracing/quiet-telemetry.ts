import type { Span, Telemetry } from 'bullmq';

/** By these a step tells BullMQ that it goes on later: nothing has gone wrong. */
const EXPECTED = /^(DelayedError|WaitingError)$/;

/** The same, without calling an exception what is the ordinary course. */
export function quietly(telemetry: Telemetry): Telemetry {
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
