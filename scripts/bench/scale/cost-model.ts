import {
  type Forecast,
  firstPollDelay,
  forecast,
  pollDelay,
  remainingMs,
} from '../../../src/worker/forecast.ts';
import { LIKELY_OVER_SHARE, listedDelayMs, listPauseMs } from '../../../src/worker/plan-poll.ts';
import { COMMANDS, SETTINGS } from './costs.ts';
import { DAY_MS, type Project, type ProjectCost } from './project.ts';

const { poll: POLL } = SETTINGS;

/** The same as the simulation, on paper: what docs/scale.md says in formulas. */
export function costOnPaper(project: Project): ProjectCost {
  const { images, limit, roundTripMs, rate, listsSaving } = project;
  const importMs = project.medianMs * Math.exp(project.sigma ** 2 / 2);
  const polls = listsSaving ? listed(project) : polled(project);
  const placeMs = importMs + polls.lagMs + 3 * roundTripMs;
  const perImageMs = Math.max(placeMs / limit, rate === 0 ? 0 : 60_000 / rate);
  // The last images leave places that nobody takes.
  const totalMs = images * perImageMs + placeMs;
  const lists = listsSaving ? perImageMs / listPauseMs(POLL, limit) : 0;
  const calls = 1 + polls.made + 1 + lists;
  return {
    days: totalMs / DAY_MS,
    calls,
    callsASecond: (calls * images * 1000) / totalMs,
    commands:
      COMMANDS.enqueued +
      COMMANDS.image +
      (polls.made + polls.skipped - 1) * COMMANDS.farPoll +
      lists * COMMANDS.list,
  };
}

interface Polls {
  /** Reads of the IMS job. */
  readonly made: number;
  /** Queue jobs that were taken for nothing: the list shows the image. */
  readonly skipped: number;
  readonly lagMs: number;
}

/**
 * The list says when: one poll an image. Queue jobs that come up before find it listed, and come back
 * when nineteen in twenty of its like are over, but after five times POLL_MAX at the latest.
 */
function listed({ limit, medianMs, sigma }: Project): Polls {
  const usual: Forecast = { medianMs, sigma };
  let skipped = 0;
  for (let at = firstPollDelay(POLL, usual, 0.5); ; ) {
    const running = runningShare(usual, at);
    if (running < NEGLIGIBLE) return { made: 1, skipped, lagMs: listPauseMs(POLL, limit) / 2 };
    skipped += running;
    at += listedDelayMs(POLL, remainingMs(usual, at, LIKELY_OVER_SHARE));
  }
}

/** Each planned poll happens for the share of imports that was found running by the one before. */
function polled({ medianMs, sigma }: Project): Polls {
  const usual: Forecast = { medianMs, sigma };
  let made = 1;
  let at = firstPollDelay(POLL, usual, 0.5);
  let running = runningShare(usual, at);
  let lagMs = (1 - running) * (at - meanBefore(usual, at));
  while (running >= NEGLIGIBLE) {
    const known = corrected(usual, at);
    const step = pollDelay(POLL, { elapsedMs: at, forecast: known, stuckMs: 0, chance: 0.5 });
    made += running;
    at += step;
    const left = runningShare(usual, at);
    lagMs += ((running - left) * step) / 2;
    running = left;
  }
  return { made, skipped: 0, lagMs };
}

const NEGLIGIBLE = 0.001;

/** Of log-logistic durations, as the planner takes them to be. */
function runningShare({ medianMs, sigma }: Forecast, atMs: number): number {
  return 1 / (1 + (atMs / medianMs) ** (Math.PI / Math.sqrt(3) / sigma));
}

/** The average end of those that are over by then, in milliseconds from acceptance. */
function meanBefore(usual: Forecast, atMs: number): number {
  const over = 1 - runningShare(usual, atMs);
  const parts = Array.from({ length: PARTS }, (_, part) => ((part + 0.5) / PARTS) * over);
  return parts.reduce((sum, share) => sum + remainingMs(usual, 0, share), 0) / PARTS;
}

const PARTS = 50;

/** An import that runs beyond its like is asked for more and more seldom. */
function corrected(usual: Forecast, elapsedMs: number): Forecast {
  const { medianMs, sigma } = usual;
  return (
    forecast({ elapsedMs }, { samples: 1e9, mean: Math.log(medianMs), variance: sigma ** 2 }) ??
    usual
  );
}
