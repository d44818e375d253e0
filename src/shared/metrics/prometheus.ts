import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../runtime/clock.ts';
import type { Metrics } from './metrics.ts';

const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const IMPORT_SECONDS = [10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600];
const LAG_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600];

/** What Prometheus scrapes. */
export interface Exposed {
  readonly contentType: string;
  text(): Promise<string>;
}

/** The metrics of one process; nothing is shared with another. */
export function createMetrics(clock: Pick<Clock, 'now'>) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const label = codeLabels();
  const { requests, seconds, changes, imports, lag, unfit, notifications } = instruments(registry);
  let issuedAt: number | undefined;
  new Gauge({
    name: 'imsferry_token_age_seconds',
    help: 'Age of the IAM token that this process uses.',
    registers: [registry],
    collect() {
      if (issuedAt !== undefined) this.set(Math.max(0, (clock.now() - issuedAt) / 1000));
    },
  });
  const metrics: Metrics = {
    called: ({ service, operation, outcome, code, seconds: took }) => {
      requests.inc({ service, operation, outcome, code: label(code) });
      seconds.observe({ service, operation }, took);
    },
    moved: ({ from, to, code, importSeconds }) => {
      changes.inc({ from, to, code: code === undefined ? '' : label(code) });
      if (importSeconds !== undefined) imports.observe({ outcome: to }, importSeconds);
    },
    detected: (value) => lag.observe(Math.max(0, value)),
    token: (at) => {
      issuedAt = at;
    },
    redisUnfit: (code) => {
      unfit.reset();
      if (code !== undefined) unfit.set({ code: label(code) }, 1);
    },
    notified: (target, outcome) => notifications.inc({ target, outcome }),
  };
  return { metrics, exposed: expose(registry) };
}

export function expose(all: Registry): Exposed {
  return { contentType: all.contentType, text: () => all.metrics() };
}

function instruments(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'imsferry_cloud_requests_total',
      help: 'Calls to IAM, IMS and OBS that this process made.',
      labelNames: ['service', 'operation', 'outcome', 'code'],
      registers,
    }),
    seconds: new Histogram({
      name: 'imsferry_cloud_request_seconds',
      help: 'How long these calls took.',
      labelNames: ['service', 'operation'],
      buckets: CALL_SECONDS,
      registers,
    }),
    changes: new Counter({
      name: 'imsferry_image_changes_total',
      help: 'Changes of state that this process recorded, with the code where there was a reason.',
      labelNames: ['from', 'to', 'code'],
      registers,
    }),
    imports: new Histogram({
      name: 'imsferry_import_seconds',
      help: 'From the acceptance by IMS to the outcome.',
      labelNames: ['outcome'],
      buckets: IMPORT_SECONDS,
      registers,
    }),
    unfit: new Gauge({
      name: 'imsferry_redis_unfit',
      help: '1 while nothing is created because Redis is not set up as required, with the code that says why.',
      labelNames: ['code'],
      registers,
    }),
    notifications: new Counter({
      name: 'imsferry_notifications_total',
      help: 'Attempts of this process to deliver a notification; dropped: given up.',
      labelNames: ['target', 'outcome'],
      registers,
    }),
    lag: new Histogram({
      name: 'imsferry_detection_lag_seconds',
      help: "From the end that IMS gives for its job to the poll that learned it, by the server's clock.",
      buckets: LAG_SECONDS,
      registers,
    }),
  };
}

/** Codes of services (`IMG.0015`, `APIGW.0308`), HTTP statuses, and our own words. */
const KNOWN = /^([A-Za-z]{2,8}\.\d{1,6}|[1-5]\d\d|[A-Z][A-Z_]{1,30})$/;
const MAX_CODES = 200;

/**
 * Turns codes from outside into labels. Anything that is not a code, and any code beyond the most that
 * services have, is `other`, so that nobody can fill the memory of a scraper.
 */
export function codeLabels(): (code: string) => string {
  const seen = new Set<string>();
  return (code) => {
    if (seen.has(code)) return code;
    if (!KNOWN.test(code) || seen.size >= MAX_CODES) return 'other';
    seen.add(code);
    return code;
  };
}
