import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { sendPage } from '../access/guard.ts';
import type { Task, Work } from '../actions/tasks.ts';
import { batchPath, imagePath } from '../pages/addresses.ts';
import { type Confirmation, confirmPart } from '../pages/confirm-page.ts';
import { pageFrame } from '../pages/page-frame.ts';
import type { Site } from '../site.ts';
import { notThere } from './live-page.ts';
import { paramOf } from './read-request.ts';

/** What a button begins. */
export interface Begun {
  readonly batch: string;
  readonly key?: string;
  readonly work: Work;
  /** Where the browser goes to. */
  readonly to: string;
}

/** A page that asks at GET and does it at POST. `undefined`: there is nothing of that name. */
export interface Asked {
  readonly path: string;
  readonly action: string;
  readonly confirm: (request: FastifyRequest) => Promise<Confirmation | undefined>;
  /** Also `undefined` when what was sent makes no sense. */
  readonly begin: (request: FastifyRequest) => Promise<Begun | undefined>;
}

export function addAsked(app: FastifyInstance, site: Site, asked: Asked): void {
  app.get(asked.path, async (request, reply) => {
    const confirmation = await asked.confirm(request);
    if (!confirmation) return notThere(reply);
    const main = confirmPart(confirmation);
    const viewer = site.viewer(request);
    return sendPage(reply, pageFrame({ title: confirmation.title, viewer, main }));
  });
  app.post(asked.path, async (request, reply) => {
    const begun = await asked.begin(request);
    if (!begun) return notThere(reply);
    const { batch, key, work, to } = begun;
    const about = { user: request.ferryUser, action: asked.action, batch, key };
    site.deps.log.info(about, 'dashboard: begun');
    site.tasks.start(batch, work, ({ state, text }: Task) => {
      site.deps.log.info({ ...about, state, outcome: text }, 'dashboard: ended');
    });
    await site.watch.snapshot(true);
    return reply.redirect(app.ferryBase.of(to), 303);
  });
}

/** For a whole batch: `/batches/:batch/ACTION`. */
export function onBatch(
  site: Site,
  action: string,
  make: {
    readonly confirm: (
      summary: BatchSummary,
      request: FastifyRequest,
    ) => Confirmation | Promise<Confirmation>;
    readonly work: (batch: string, request: FastifyRequest) => Work | undefined;
  },
): Asked {
  const summaryOf = (request: FastifyRequest): Promise<BatchSummary | undefined> =>
    site.deps.batches.summary(paramOf(request, 'batch'));
  return {
    path: `/batches/:batch/${action}`,
    action,
    confirm: async (request) => {
      const summary = await summaryOf(request);
      return summary && make.confirm(summary, request);
    },
    begin: async (request) => {
      const summary = await summaryOf(request);
      const work = summary && make.work(summary.batch, request);
      return summary && work && { batch: summary.batch, work, to: batchPath(summary.batch) };
    },
  };
}

/** An image in the light of one of its batches. */
export interface ImageOf {
  readonly batch: string;
  readonly entry: LedgerEntry;
}

/** For one image: `/batches/:batch/images/:key/ACTION`. */
export function onImage(
  site: Site,
  action: string,
  make: {
    readonly confirm: (image: ImageOf) => Confirmation | Promise<Confirmation | undefined>;
    readonly work: (image: ImageOf, request: FastifyRequest) => Work | undefined;
  },
): Asked {
  const imageOf = async (request: FastifyRequest): Promise<ImageOf | undefined> => {
    const batch = paramOf(request, 'batch');
    const entry = await site.deps.ledger.read(paramOf(request, 'key'));
    return entry?.batches.includes(batch) ? { batch, entry } : undefined;
  };
  return {
    path: `/batches/:batch/images/:key/${action}`,
    action,
    confirm: async (request) => {
      const image = await imageOf(request);
      return image && make.confirm(image);
    },
    begin: async (request) => {
      const image = await imageOf(request);
      const work = image && make.work(image, request);
      if (!image || !work) return undefined;
      const { batch, entry } = image;
      return { batch, key: entry.key, work, to: imagePath(batch, entry.key) };
    },
  };
}
