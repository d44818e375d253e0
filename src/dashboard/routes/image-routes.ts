import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { traceIds } from '../../shared/tracing/attempt-span.ts';
import type { Markup } from '../../ui/markup.ts';
import { imagePath } from '../addresses.ts';
import type { DashboardContext, DashboardDeps } from '../context.ts';
import type { Places } from '../pages/image-lead.ts';
import { imagePart } from '../pages/image-page.ts';
import { findImage } from './confirmed-action.ts';
import { addLivePage, type LivePage, paramOf, queryOf, sendNotFound } from './live-page.ts';

/** The page of an image, and the ways from it to others of the same kind. */
export function addImageRoutes(app: FastifyInstance, context: DashboardContext): void {
  const path = '/batches/:batch/images/:key';
  addLivePage(app, context, { path, describe: (request) => imagePage(context, request) });
  for (const [way, step] of [
    ['next', 1],
    ['previous', -1],
  ] as const) {
    app.get(`${path}/${way}`, async (request, reply) => {
      const target = await findImage(context, request);
      if (!target) return sendNotFound(reply);
      const { batch, key } = target;
      const state = queryOf(request)['state'] === 'held' ? 'held' : 'failed';
      const found = await neighbour(context, { batch, key, state, step });
      return reply.redirect(app.ferryBase.of(imagePath(batch, found ?? key)), 303);
    });
  }
}

function imagePage(context: DashboardContext, request: FastifyRequest): LivePage {
  const batch = paramOf(request, 'batch');
  const key = paramOf(request, 'key');
  const viewer = context.viewer(request);
  const { ledger, batches, clock } = context.deps;
  const draw = async (): Promise<Markup | undefined> => {
    const entry = await ledger.read(key);
    const summary = entry?.batches.includes(batch) ? await batches.summary(batch) : undefined;
    if (!entry || !summary) return undefined;
    const story = await ledger.story(key);
    const project = await context.watch.snapshot();
    const tasks = context.tasks.of(batch);
    const { counts } = summary;
    const { request: wanted, copies = [] } = entry;
    const related = await ledger.readMany(wanted.kind === 'copy' ? [wanted.source] : copies);
    const places = { ...placesOf(context.deps, entry), related, of: summary };
    const known = { batch, entry, story, viewer, tasks, project, counts, places };
    return imagePart({ ...known, at: clock.now() });
  };
  return { title: 'Image', live: `${imagePath(batch, key)}/live`, draw };
}

function placesOf({ config, consoleUrl, namespace }: DashboardDeps, entry: LedgerEntry): Places {
  const { traceUrl } = config;
  const { key, attempt } = entry;
  const shown =
    traceUrl !== undefined && namespace !== undefined
      ? traceUrl.replaceAll('{trace_id}', traceIds(namespace, { key, attempt }).traceId)
      : undefined;
  return omitUndefined({ consoleUrl, traceUrl: shown });
}

interface Step {
  readonly batch: string;
  readonly key: string;
  readonly state: 'failed' | 'held';
  readonly step: 1 | -1;
}

/** A large batch is read in the background meanwhile; the images that are known so far count. */
const INDEX_WAIT_MS = 800;

/** The next image of the batch in this state, in the manifest's order; after the last comes the first. */
async function neighbour(
  { indexes, deps }: DashboardContext,
  { batch, key, state, step }: Step,
): Promise<string | undefined> {
  const summary = await deps.batches.summary(batch);
  const index = await indexes.get(batch, summary?.total ?? 0);
  await index.ready(INDEX_WAIT_MS);
  const rows = [...index.rows].filter((row) => row.state === state || row.key === key);
  const at = rows.findIndex((row) => row.key === key);
  const others = [...rows.slice(at + 1), ...rows.slice(0, Math.max(0, at))];
  return others.at(step === 1 ? 0 : -1)?.key;
}
