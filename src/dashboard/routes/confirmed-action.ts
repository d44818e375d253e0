import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BatchSummary } from '../../shared/ledger/batch-ledger.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { sendPage } from '../access/guard.ts';
import type { Task, Work } from '../actions/tasks.ts';
import { batchPath, imagePath } from '../addresses.ts';
import type { DashboardContext } from '../context.ts';
import { type Confirmation, confirmPart } from '../pages/confirmations.ts';
import { pageFrame } from '../pages/page-frame.ts';
import { paramOf, sendNotFound } from './live-page.ts';

/** An action that GET explains and POST runs. `undefined`: no such batch or image. */
export interface ConfirmedAction {
  readonly path: string;
  readonly action: string;
  readonly confirm: (request: FastifyRequest) => Promise<Confirmation | undefined>;
  /** Also `undefined` when the form makes no sense. */
  readonly start: (request: FastifyRequest) => Promise<Started | undefined>;
}

export interface Started {
  readonly batch: string;
  readonly key?: string;
  readonly work: Work;
  /** The page to show next. */
  readonly to: string;
}

export function addConfirmedAction(
  app: FastifyInstance,
  context: DashboardContext,
  { path, action, confirm, start }: ConfirmedAction,
): void {
  const { log } = context.deps;
  app.get(path, async (request, reply) => {
    const confirmation = await confirm(request);
    if (!confirmation) return sendNotFound(reply);
    const main = confirmPart(confirmation);
    const viewer = context.viewer(request);
    return sendPage(reply, pageFrame({ title: confirmation.title, viewer, main }));
  });
  app.post(path, async (request, reply) => {
    const started = await start(request);
    if (!started) return sendNotFound(reply);
    const { batch, key, work, to } = started;
    const about = { user: request.ferryUser, action, batch, key };
    log.info(about, 'dashboard: action started');
    context.tasks.start(batch, work, ({ state, text }: Task) => {
      log.info({ ...about, state, outcome: text }, 'dashboard: action ended');
    });
    await context.watch.snapshot(true);
    return reply.redirect(app.ferryBase.of(to), 303);
  });
}

type Promised<T> = T | Promise<T>;

/** For a whole batch: `/batches/:batch/ACTION`. */
export function batchAction(
  context: DashboardContext,
  action: string,
  make: {
    readonly confirm: (summary: BatchSummary, request: FastifyRequest) => Promised<Confirmation>;
    readonly work: (batch: string, request: FastifyRequest) => Work | undefined;
  },
): ConfirmedAction {
  const summaryOf = (request: FastifyRequest): Promise<BatchSummary | undefined> =>
    context.deps.batches.summary(paramOf(request, 'batch'));
  return {
    path: `/batches/:batch/${action}`,
    action,
    confirm: async (request) => {
      const summary = await summaryOf(request);
      return summary && make.confirm(summary, request);
    },
    start: async (request) => {
      const summary = await summaryOf(request);
      const work = summary && make.work(summary.batch, request);
      return summary && work && { batch: summary.batch, work, to: batchPath(summary.batch) };
    },
  };
}

/** An image as part of one of its batches. */
export interface BatchImage {
  readonly batch: string;
  readonly entry: LedgerEntry;
}

/** For one image: `/batches/:batch/images/:key/ACTION`. */
export function imageAction(
  context: DashboardContext,
  action: string,
  make: {
    readonly confirm: (image: BatchImage) => Promised<Confirmation | undefined>;
    readonly work: (image: BatchImage, request: FastifyRequest) => Work | undefined;
  },
): ConfirmedAction {
  const imageOf = async (request: FastifyRequest): Promise<BatchImage | undefined> => {
    const batch = paramOf(request, 'batch');
    const entry = await context.deps.ledger.read(paramOf(request, 'key'));
    return entry?.batches.includes(batch) ? { batch, entry } : undefined;
  };
  return {
    path: `/batches/:batch/images/:key/${action}`,
    action,
    confirm: async (request) => {
      const image = await imageOf(request);
      return image && make.confirm(image);
    },
    start: async (request) => {
      const image = await imageOf(request);
      const work = image && make.work(image, request);
      if (!image || !work) return undefined;
      const { batch, entry } = image;
      return { batch, key: entry.key, work, to: imagePath(batch, entry.key) };
    },
  };
}
