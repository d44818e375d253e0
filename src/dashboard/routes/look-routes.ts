import type { FastifyInstance, FastifyRequest } from 'fastify';
import { renderApart } from '../../producer/report/html/render-apart.ts';
import { batchEntries } from '../../shared/ledger/batch-store.ts';
import { readView, viewQuery } from '../live/view.ts';
import { batchPath, imagePath } from '../pages/addresses.ts';
import { ASSETS } from '../pages/assets.ts';
import type { Site } from '../site.ts';
import { drawBatch, drawBatches, drawImage } from './draw-pages.ts';
import { addLivePage, type LivePage, notThere } from './live-page.ts';
import { paramOf, queryOf } from './read-request.ts';

const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_A_DAY = 'public, max-age=86400';

/** Everything that can be looked at, save the queues. */
export function addLookRoutes(app: FastifyInstance, site: Site): void {
  addLivePage(app, site, { path: '/', describe: (request) => batchesAt(site, request) });
  addLivePage(app, site, {
    path: '/batches/:batch',
    describe: (request) => batchAt(site, request),
  });
  addLivePage(app, site, {
    path: '/batches/:batch/images/:key',
    describe: (request) => imageAt(site, request),
  });
  addReport(app, site);
  addAssets(app);
}

function batchesAt(site: Site, request: FastifyRequest): LivePage {
  const { page } = readView(queryOf(request));
  const viewer = site.viewer(request);
  return {
    title: 'Batches',
    live: page === 1 ? '/live' : `/live?page=${page}`,
    draw: () => drawBatches(site, viewer, page),
  };
}

function batchAt(site: Site, request: FastifyRequest): LivePage {
  const batch = paramOf(request, 'batch');
  const view = readView(queryOf(request));
  const viewer = site.viewer(request);
  return {
    title: batch,
    live: `${batchPath(batch)}/live${viewQuery(view)}`,
    draw: () => drawBatch(site, viewer, { batch, view }),
  };
}

function imageAt(site: Site, request: FastifyRequest): LivePage {
  const batch = paramOf(request, 'batch');
  const key = paramOf(request, 'key');
  const viewer = site.viewer(request);
  return {
    title: 'Image',
    live: `${imagePath(batch, key)}/live`,
    draw: () => drawImage(site, viewer, { batch, key }),
  };
}

function addReport(app: FastifyInstance, { deps }: Site): void {
  // One after the other: each takes as much memory as its batch is large.
  let last: Promise<unknown> = Promise.resolve();
  app.get('/reports/:batch', async (request, reply) => {
    const summary = await deps.batches.summary(paramOf(request, 'batch'));
    if (!summary) return notThere(reply);
    const made = last.then(() =>
      renderApart(batchEntries(deps, summary.batch), summary, deps.clock.now()),
    );
    last = made.catch(() => undefined);
    const page = await made;
    // The page itself says by hash what it may run.
    reply.header('content-security-policy', "frame-ancestors 'none'");
    return reply
      .type('text/html; charset=utf-8')
      .send(typeof page === 'string' ? page : Buffer.from(page.buffer));
  });
}

function addAssets(app: FastifyInstance): void {
  for (const [path, { type, text }] of ASSETS) {
    app.get(path, (_, reply) => {
      reply.header('cache-control', path.endsWith('.svg') ? FOR_A_DAY : FOR_EVER);
      return reply.type(type).send(text);
    });
  }
}
