import type { Selection } from '../operator/select-imports.ts';
import { type Decision, settleHeld } from '../operator/settle-held.ts';
import { type Survey, surveyUnknown } from '../operator/survey-unknown.ts';
import { EXIT, type ExitCode, UsageError } from '../shared/errors/errors.ts';
import { requireBatch } from '../shared/ledger/batch-store.ts';
import { formatTrust } from '../shared/look-up/listing-trust.ts';
import { describeChoices, describeSurvey } from './describe-survey.ts';
import type { Io } from './io.ts';
import type { CloudSettings } from './settings.ts';
import { withCloud } from './with-ledger.ts';

export interface ResolveOptions extends Selection {
  readonly adopt?: true | string;
  readonly resubmit?: true;
  readonly fail?: true;
}

/** `resolve BATCH`: explains what is unknown; with a decision, settles what is held. */
export function resolve(
  options: ResolveOptions,
  settings: CloudSettings,
  io: Io,
): Promise<ExitCode> {
  const decision = decisionOf(options);
  return withCloud(settings, io, async (open) => {
    await requireBatch(open, options.batch);
    const survey = await surveyUnknown(open, options);
    const { unknown } = settings.config;
    if (decision !== undefined && survey.held.length > 0) {
      return settleAll(open, { survey, decision }, io);
    }
    for (const line of describeSurvey(survey, unknown)) io.out(line);
    if (survey.held.length === 0) return EXIT.ok;
    io.out(formatTrust(await open.project.listingLag(), unknown));
    for (const line of describeChoices(options.batch, survey)) io.out(line);
    return EXIT.imageFailed;
  });
}

async function settleAll(
  open: Parameters<typeof settleHeld>[0],
  { survey, decision }: { readonly survey: Survey; readonly decision: Decision },
  io: Io,
): Promise<ExitCode> {
  let skipped = 0;
  for (const held of survey.held) {
    const settled = await settleHeld(open, held, decision);
    if (settled.kind === 'skipped') skipped += 1;
    const words = settled.kind === 'skipped' ? `skipped: ${settled.why}` : settled.kind;
    io.out(`${held.entry.request.name}: ${words}`);
  }
  return skipped === 0 ? EXIT.ok : EXIT.imageFailed;
}

function decisionOf({ adopt, resubmit, fail }: ResolveOptions): Decision | undefined {
  const given = [adopt, resubmit, fail].filter((flag) => flag !== undefined);
  if (given.length > 1) throw new UsageError('Only one of --adopt, --resubmit and --fail can be.');
  if (typeof adopt === 'string') return { kind: 'adopt', imageId: adopt };
  if (adopt) return { kind: 'adopt' };
  if (resubmit) return { kind: 'resubmit' };
  return fail ? { kind: 'fail' } : undefined;
}
