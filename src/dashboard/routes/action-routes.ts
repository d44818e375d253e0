import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Selection } from '../../operator/batch-actions.ts';
import { type Decision, surveyUnknown } from '../../operator/resolve-held.ts';
import { pauseWork, resolveWork, resumeWork, retryWork } from '../actions/batch-actions.ts';
import type { Work } from '../actions/tasks.ts';
import {
  confirmPause,
  confirmResolve,
  confirmResume,
  confirmRetry,
  confirmRetryImage,
  confirmStopResume,
} from '../pages/confirmations.ts';
import type { Site } from '../site.ts';
import { type Asked, addAsked, onBatch, onImage } from './asked-page.ts';
import { fieldOf, queryOf } from './read-request.ts';

/** Held images that IMS is asked about before a person decides on all of them. */
const MOST_ASKED = 20;

/** Everything that changes something. Each asks first and says what will happen. */
export function addActionRoutes(app: FastifyInstance, site: Site): void {
  const { deps } = site;
  const all: readonly Asked[] = [
    onBatch(site, 'pause', { confirm: confirmPause, work: (batch) => pauseWork(deps, batch) }),
    onBatch(site, 'resume', { confirm: confirmResume, work: (batch) => resumeWork(deps, batch) }),
    onBatch(site, 'retry', {
      confirm: (summary, request) => confirmRetry(summary, codeOf(queryOf(request)['code'])),
      work: (batch, request) => {
        const code = codeOf(fieldOf(request, 'code'));
        return retryWork(deps, {
          batch,
          cancelled: false,
          ...(code === undefined ? {} : { code }),
        });
      },
    }),
    onImage(site, 'retry', {
      confirm: ({ batch, entry }) => confirmRetryImage(batch, entry),
      work: ({ batch, entry }) => retryWork(deps, { batch, key: entry.key, cancelled: true }),
    }),
    resolveBatch(site),
    resolveImage(site),
    stopResume(site),
  ];
  for (const asked of all) addAsked(app, site, asked);
}

function resolveBatch(site: Site): Asked {
  return onBatch(site, 'resolve', {
    confirm: async (summary) => {
      const selection = { batch: summary.batch, most: MOST_ASKED };
      return confirmResolve(summary, await survey(site, selection));
    },
    work: (batch, request) => resolved(site, { batch }, request),
  });
}

function resolveImage(site: Site): Asked {
  return onImage(site, 'resolve', {
    confirm: async ({ batch, entry }) => {
      const summary = await site.deps.batches.summary(batch);
      return (
        summary && confirmResolve(summary, await survey(site, { batch, key: entry.key }), entry)
      );
    },
    work: ({ batch, entry }, request) => resolved(site, { batch, key: entry.key }, request),
  });
}

async function survey({ deps }: Site, selection: Selection & { readonly most?: number }) {
  const { cloud, project } = deps;
  if (!cloud) return undefined;
  // The list of another project would show nothing of what is held here.
  await project.checkBound((await cloud.sessions.get()).projectId);
  return surveyUnknown({ ...deps, ...cloud }, selection);
}

function resolved({ deps }: Site, of: Selection, request: FastifyRequest): Work | undefined {
  const decision = decisionOf(fieldOf(request, 'decision'), fieldOf(request, 'image'));
  const { cloud } = deps;
  return cloud && decision && resolveWork({ ...deps, cloud }, of, decision);
}

function decisionOf(word: string | undefined, imageId: string | undefined): Decision | undefined {
  switch (word) {
    case 'adopt':
      return imageId === undefined ? { kind: word } : { kind: word, imageId };
    case 'resubmit':
    case 'fail':
      return { kind: word };
    default:
      return undefined;
  }
}

function stopResume({ deps }: Site): Asked {
  return {
    path: '/stop/resume',
    action: 'resume the project',
    confirm: async () => confirmStopResume(await deps.project.stopped()),
    begin: async () => ({
      batch: '',
      to: '/',
      work: async () => {
        await deps.project.resume();
        return 'The project goes on.';
      },
    }),
  };
}

function codeOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
