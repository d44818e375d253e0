import type { FastifyInstance, FastifyRequest } from 'fastify';
import { renderApart } from '../../producer/report/html/render-apart.ts';
import { batchEntries } from '../../shared/ledger/batch-store.ts';
import { imageRow } from '../../ui/image-row.ts';
import type { Markup } from '../../ui/markup.ts';
import { batchPath, imagePath } from '../addresses.ts';
import type { DashboardContext } from '../context.ts';
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
import { imagePart } from '../pages/image-page.ts';
import { ASSETS, type Viewer } from '../pages/page-frame.ts';
import { addLivePage, type LivePage, paramOf, queryOf, sendNotFound } from './live-page.ts';

const FOR_A_YEAR = 'public, max-age=31536000, immutable';
const FOR_A_DAY = 'public, max-age=86400';

/** All pages except the queues. They change nothing. */
export function addPageRoutes(app: FastifyInstance, context: DashboardContext): void {
  const add = (path: string, describe: typeof batchPage): void =>
    addLivePage(app, context, { path, describe: (request) => describe(context, request) });
  add('/', batchesPage);
  add('/batches/:batch', batchPage);
  add('/batches/:batch/images/:key', imagePage);
  addReport(app, context);
  addAssets(app);
}

function batchesPage(context: DashboardContext, request: FastifyRequest): LivePage {
  const { page } = readView(queryOf(request));
  const viewer = context.viewer(request);
  return {
    title: 'Batches',
    live: page === 1 ? '/live' : `/live?page=${page}`,
    draw: async () => batchesPart(await context.watch.snapshot(), viewer, page),
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
  const known = snapshot.batches.find((one) => one.summary.batch === batch);
  const { keys, ...found } = await findKeys(context, { batch, view }, summary.total);
  const now = clock.now();
  // Read from the ledger, as the index may be a moment behind.
  const rows = (await ledger.readMany(keys)).map((entry) => imageRow(entry, now));
  const list = { view, rows, ...found };
  const tasks = context.tasks.of(batch);
  return batchPart({ view: { ...known, summary }, snapshot, list, tasks, viewer });
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
  const found = await findRows(index.rows, view);
  return { ...found, searched: index.isWhole ? total : Math.min(index.size, total - 1) };
}

function imagePage(context: DashboardContext, request: FastifyRequest): LivePage {
  const batch = paramOf(request, 'batch');
  const key = paramOf(request, 'key');
  const viewer = context.viewer(request);
  const { ledger, clock } = context.deps;
  const draw = async (): Promise<Markup | undefined> => {
    const entry = await ledger.read(key);
    if (!entry?.batches.includes(batch)) return undefined;
    const story = await ledger.story(key);
    const tasks = context.tasks.of(batch);
    return imagePart({ batch, entry, story, viewer, tasks, at: clock.now() });
  };
  return { title: 'Image', live: `${imagePath(batch, key)}/live`, draw };
}

function addReport(app: FastifyInstance, { deps }: DashboardContext): void {
  // One at a time: the memory of each grows with its batch.
  let last: Promise<unknown> = Promise.resolve();
  app.get('/reports/:batch', async (request, reply) => {
    const summary = await deps.batches.summary(paramOf(request, 'batch'));
    if (!summary) return sendNotFound(reply);
    const made = last.then(() =>
      renderApart(batchEntries(deps, summary.batch), summary, deps.clock.now()),
    );
    last = made.catch(() => undefined);
    const page = await made;
    // The policy in the page itself allows its style and scripts by hash.
    reply.header('content-security-policy', "frame-ancestors 'none'");
    return reply
      .type('text/html; charset=utf-8')
      .send(typeof page === 'string' ? page : Buffer.from(page.buffer));
  });
}

function addAssets(app: FastifyInstance): void {
  for (const [path, { type, text }] of ASSETS) {
    app.get(path, (_, reply) => {
      reply.header('cache-control', path.endsWith('.svg') ? FOR_A_DAY : FOR_A_YEAR);
      return reply.type(type).send(text);
    });
  }
}
