import type { FastifyInstance, FastifyRequest } from 'fastify';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import { imageRow } from '../../ui/image-row.ts';
import type { Markup } from '../../ui/markup.ts';
import { batchPath } from '../addresses.ts';
import type { DashboardContext } from '../context.ts';
import { batchListQuery, readBatchListView } from '../live/batch-list.ts';
import {
  findRows,
  isPlain,
  PAGE_SIZE,
  pageCount,
  readView,
  type View,
  viewQuery,
} from '../live/view.ts';
import { batchPart } from '../pages/batch-page.ts';
import { batchesPart } from '../pages/batches-page.ts';
import { ASSETS, type Viewer } from '../pages/page-frame.ts';
import { addImageRoutes } from './image-routes.ts';
import { addLivePage, type LivePage, paramOf, queryOf } from './live-page.ts';
import { addReportRoutes } from './report-routes.ts';

const FOR_A_YEAR = 'public, max-age=31536000, immutable';
const FOR_A_DAY = 'public, max-age=86400';

/** All pages except the queues. They change nothing. */
export function addPageRoutes(app: FastifyInstance, context: DashboardContext): void {
  const add = (path: string, describe: typeof batchPage): void =>
    addLivePage(app, context, { path, describe: (request) => describe(context, request) });
  add('/', batchesPage);
  add('/batches/:batch', batchPage);
  addImageRoutes(app, context);
  addReportRoutes(app, context);
  addAssets(app);
}

function batchesPage(context: DashboardContext, request: FastifyRequest): LivePage {
  const view = readBatchListView(queryOf(request));
  const viewer = context.viewer(request);
  const { inbox } = context.deps;
  return {
    title: 'Batches',
    live: `/live${batchListQuery(view)}`,
    draw: async () =>
      batchesPart(omitUndefined({ snapshot: await context.watch.snapshot(), viewer, view, inbox })),
  };
}

function batchPage(context: DashboardContext, request: FastifyRequest): LivePage {
  const batch = paramOf(request, 'batch');
  const view = readView(queryOf(request));
  const viewer = context.viewer(request);
  return {
    title: batch,
    live: `${batchPath(batch)}/live${viewQuery(view)}`,
    draw: () => drawBatch(context, viewer, { batch, view }),
  };
}

interface Wanted {
  readonly batch: string;
  readonly view: View;
}

async function drawBatch(
  context: DashboardContext,
  viewer: Viewer,
  { batch, view }: Wanted,
): Promise<Markup | undefined> {
  const { batches, ledger, clock } = context.deps;
  const snapshot = await context.watch.snapshot();
  const summary = await batches.summary(batch);
  if (!summary) return undefined;
  const { keys, ...found } = await findKeys(context, { batch, view }, summary.total);
  const now = clock.now();
  // Read from the ledger, as the index may be a moment behind.
  const rows = (await ledger.readMany(keys)).map((entry) => ({
    row: imageRow(entry, now),
    source: entry.request.image_url,
    version: stateVersion(entry),
  }));
  const list = { view, rows, ...found };
  const tasks = context.tasks.of(batch);
  return batchPart({ summary, snapshot, list, tasks, viewer });
}

/** A page waits this long for the index of its batch, and then shows what was found so far. */
const INDEX_WAIT_MS = 400;

async function findKeys(
  { indexes, deps }: DashboardContext,
  { batch, view }: Wanted,
  total: number,
) {
  if (isPlain(view)) {
    const from = (Math.min(view.page, pageCount(total)) - 1) * PAGE_SIZE;
    const keys = await deps.batches.members(batch, from, PAGE_SIZE);
    return { keys, total, searched: total };
  }
  const index = await indexes.get(batch, total);
  await index.ready(INDEX_WAIT_MS);
  const found = await findRows(index.rows, view, deps.clock.now());
  return { ...found, searched: index.isWhole ? total : Math.min(index.size, total - 1) };
}

function addAssets(app: FastifyInstance): void {
  for (const [path, { type, text }] of ASSETS) {
    app.get(path, (_, reply) => {
      reply.header('cache-control', path.endsWith('.svg') ? FOR_A_DAY : FOR_A_YEAR);
      return reply.type(type).send(text);
    });
  }
}
