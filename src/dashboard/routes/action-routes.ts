import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Selection } from '../../operator/select-imports.ts';
import type { Decision } from '../../operator/settle-held.ts';
import { surveyUnknown } from '../../operator/survey-unknown.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { pauseWork, resolveWork, resumeWork, retryWork } from '../actions/batch-actions.ts';
import type { Work } from '../actions/tasks.ts';
import type { DashboardContext } from '../context.ts';
import {
  confirmPause,
  confirmResolve,
  confirmResume,
  confirmRetry,
  confirmRetryImage,
  confirmStopResume,
} from '../pages/confirmations.ts';
import {
  addConfirmedAction,
  batchAction,
  type ConfirmedAction,
  imageAction,
} from './confirmed-action.ts';
import { fieldOf, queryOf } from './live-page.ts';

/** Everything that changes something. Each action is explained and confirmed first. */
export function addActionRoutes(app: FastifyInstance, context: DashboardContext): void {
  const { deps } = context;
  const all: readonly ConfirmedAction[] = [
    batchAction(context, 'pause', {
      confirm: confirmPause,
      work: (batch) => pauseWork(deps, batch),
    }),
    batchAction(context, 'resume', {
      confirm: confirmResume,
      work: (batch) => resumeWork(deps, batch),
    }),
    batchAction(context, 'retry', {
      confirm: (summary, request) => confirmRetry(summary, codeOf(queryOf(request)['code'])),
      work: (batch, request) => {
        const code = codeOf(fieldOf(request, 'code'));
        return retryWork(deps, omitUndefined({ batch, cancelled: false, code }));
      },
    }),
    imageAction(context, 'retry', {
      confirm: ({ batch, entry }) => confirmRetryImage(batch, entry),
      work: ({ batch, entry }) => retryWork(deps, { batch, key: entry.key, cancelled: true }),
    }),
    resolveBatch(context),
    resolveImage(context),
    resumeProject(context),
  ];
  for (const action of all) addConfirmedAction(app, context, action);
}

/** Held images that are looked up in IMS before a person decides on all of them. */
const MAX_LOOKED_UP = 20;

function resolveBatch(context: DashboardContext): ConfirmedAction {
  return batchAction(context, 'resolve', {
    confirm: async (summary) => {
      const selection = { batch: summary.batch, most: MAX_LOOKED_UP };
      return confirmResolve(summary, await survey(context, selection));
    },
    work: (batch, request) => decided(context, { batch }, request),
  });
}

function resolveImage(context: DashboardContext): ConfirmedAction {
  return imageAction(context, 'resolve', {
    confirm: async ({ batch, entry }) => {
      const summary = await context.deps.batches.summary(batch);
      const selection = { batch, key: entry.key };
      return summary && confirmResolve(summary, await survey(context, selection), entry);
    },
    work: ({ batch, entry }, request) => decided(context, { batch, key: entry.key }, request),
  });
}

async function survey(
  { deps }: DashboardContext,
  selection: Selection & { readonly most?: number },
) {
  const { cloud, project } = deps;
  if (!cloud) return undefined;
  // The image list of another project would show none of the held images.
  await project.checkBound((await cloud.sessions.get()).projectId);
  return surveyUnknown({ ...deps, ...cloud }, selection);
}

function decided(
  { deps }: DashboardContext,
  selection: Selection,
  request: FastifyRequest,
): Work | undefined {
  const decision = decisionOf(fieldOf(request, 'decision'), fieldOf(request, 'image'));
  const { cloud } = deps;
  return cloud && decision && resolveWork({ ...deps, cloud }, selection, decision);
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

function resumeProject({ deps }: DashboardContext): ConfirmedAction {
  const work: Work = async () => {
    await deps.project.resume();
    return 'Submitting is resumed.';
  };
  return {
    path: '/stop/resume',
    action: 'resume the project',
    confirm: async () => confirmStopResume(await deps.project.stopped()),
    start: async () => ({ batch: '', to: '/', work }),
  };
}

function codeOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
