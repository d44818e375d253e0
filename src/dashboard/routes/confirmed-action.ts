import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { html } from '../../ui/markup.ts';
import { sendPage } from '../access/send-page.ts';
import type { Work } from '../actions/tasks.ts';
import { batchPath, imagePath } from '../addresses.ts';
import type { DashboardContext } from '../context.ts';
import { type Confirmation, confirmPart } from '../pages/confirmations.ts';
import { pageFrame } from '../pages/page-frame.ts';
import { obstacleStrip } from '../pages/strip.ts';
import { fieldOf, paramOf, sendNotFound } from './live-page.ts';

/** What an action works on. */
export interface Target {
  readonly batch: string;
  readonly key?: string;
  /** The page to show next. */
  readonly page: string;
}

/** An action that GET explains and POST starts. `undefined`: it does not exist, or makes no sense. */
export interface ConfirmedAction<T extends Target> {
  readonly path: string;
  readonly action: string;
  readonly find: (request: FastifyRequest) => Promise<T | undefined>;
  readonly confirm: (
    target: T,
    request: FastifyRequest,
  ) => Confirmation | undefined | Promise<Confirmation | undefined>;
  readonly work: (target: T, request: FastifyRequest) => Work | undefined;
}

export function addConfirmedAction<T extends Target>(
  app: FastifyInstance,
  context: DashboardContext,
  { path, action, find, confirm, work: workOn }: ConfirmedAction<T>,
): void {
  const { log } = context.deps;
  app.get(path, async (request, reply) => {
    const target = await find(request);
    const confirmation = target && (await confirm(target, request));
    if (!confirmation) return sendNotFound(reply);
    const viewer = context.viewer(request);
    const strip = obstacleStrip(await context.watch.snapshot(), viewer, target.batch);
    const main = html`${strip}${confirmPart(confirmation, randomUUID())}`;
    return sendPage(reply, pageFrame({ title: confirmation.title, viewer, main }));
  });
  app.post(path, async (request, reply) => {
    const target = await find(request);
    const work = target && workOn(target, request);
    if (!target || !work) return sendNotFound(reply);
    const { batch, key, page } = target;
    const next = (): FastifyReply => reply.redirect(app.ferryBase.of(page), 303);
    // The same confirmation sent twice acts once.
    if (!context.tasks.claim(fieldOf(request, 'once'))) return next();
    const about = { user: request.ferryUser, action, batch, key };
    log.info(about, 'dashboard: action started');
    context.tasks.start(batch, work, ({ state, text }) => {
      log.info({ ...about, state, outcome: text }, 'dashboard: action ended');
    });
    await context.watch.snapshot(true);
    return next();
  });
}

export interface BatchTarget extends Target {
  readonly summary: BatchSummary;
}

/** Finds the batch of `/batches/:batch/ACTION`. */
export async function findBatch(
  { deps }: DashboardContext,
  request: FastifyRequest,
): Promise<BatchTarget | undefined> {
  const batch = paramOf(request, 'batch');
  const summary = await deps.batches.summary(batch);
  return summary && { batch, page: batchPath(batch), summary };
}

export interface ImageTarget extends Target {
  readonly key: string;
  readonly entry: LedgerEntry;
}

/** Finds the image of `/batches/:batch/images/:key/ACTION`. */
export async function findImage(
  { deps }: DashboardContext,
  request: FastifyRequest,
): Promise<ImageTarget | undefined> {
  const batch = paramOf(request, 'batch');
  const key = paramOf(request, 'key');
  const entry = await deps.ledger.read(key);
  if (!entry?.batches.includes(batch)) return undefined;
  return { batch, key, page: imagePath(batch, key), entry };
}
