import type { FastifyInstance } from 'fastify';
import { type Rendered, renderApart } from '../../producer/report/html/render-apart.ts';
import { batchEntries } from '../../shared/ledger/batch-store.ts';
import { html } from '../../ui/markup.ts';
import { batchPath, DOWNLOADS, type Download } from '../addresses.ts';
import type { DashboardContext } from '../context.ts';
import { paramOf, sendNotFound } from './live-page.ts';

const TYPES: Readonly<Record<Download, string>> = {
  html: 'text/html; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/** The report of a batch as a page, and as files to keep. */
export function addReportRoutes(app: FastifyInstance, { deps }: DashboardContext): void {
  // One at a time: the memory of each grows with its batch.
  let last: Promise<unknown> = Promise.resolve();
  const rendered = async (batch: string, format: Download): Promise<Rendered | undefined> => {
    const summary = await deps.batches.summary(batch);
    if (!summary) return undefined;
    const made = last.then(() =>
      renderApart(batchEntries(deps, batch), summary, { now: deps.clock.now(), format }),
    );
    last = made.catch(() => undefined);
    return made;
  };
  app.get('/reports/:batch', async (request, reply) => {
    const batch = paramOf(request, 'batch');
    const page = await rendered(batch, 'html');
    if (page === undefined) return sendNotFound(reply);
    // The policy in the page itself allows its style and scripts by hash.
    reply.header('content-security-policy', "frame-ancestors 'none'");
    return reply.type(TYPES.html).send(withWayBack(page, app.ferryBase.of(batchPath(batch))));
  });
  for (const format of DOWNLOADS) {
    app.get(`/reports/:batch/${format}`, async (request, reply) => {
      const batch = paramOf(request, 'batch');
      const file = await rendered(batch, format);
      if (file === undefined) return sendNotFound(reply);
      reply.header('content-disposition', attachment(batch, format));
      return reply.type(TYPES[format]).send(typeof file === 'string' ? file : Buffer.from(file));
    });
  }
}

/** RFC 6266: a plain name for old programs, and the name as it is for all others. */
function attachment(batch: string, format: Download): string {
  const plain = batch.replace(/[^\w.-]/g, '_').slice(0, 100);
  const exact = encodeURIComponent(`${batch}.${format}`).replace(
    /['()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}.${format}"; filename*=UTF-8''${exact}`;
}

/** Where the report begins to show something. */
const BEGIN = Buffer.from('<header>');

/** A report is a file of its own, without links to the dashboard; shown here, it leads back. */
function withWayBack(page: Rendered, address: string): Buffer {
  const bytes = Buffer.from(page);
  const at = bytes.indexOf(BEGIN) + BEGIN.length;
  const link = html`<p class="controls"><a class="button" href="${address}">← Back to the batch</a></p>`;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(link.text), bytes.subarray(at)]);
}
