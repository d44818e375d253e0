import type { Command } from 'commander';
import {
  type Cancelled,
  cancelBatch,
  type RetryOptions,
  retryBatch,
  type Selection,
} from '../../operator/batch-actions.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import { requireBatch } from '../../shared/ledger/batch-store.ts';
import { type CommandContext, NAME_OPTION } from '../command.ts';
import { countImages } from '../describe.ts';
import { type Env, envOf, withLedger } from '../open-ledger.ts';

interface NameFlag {
  readonly name?: string;
}

export function retryCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option(...NAME_OPTION)
    .option('--cancelled', 'also retry cancelled images')
    .action((batch: string, { cancelled = false, ...name }: NameFlag & { cancelled?: boolean }) =>
      run(retry({ batch, cancelled, ...name }, envOf(io))),
    );
}

function retry(options: RetryOptions, env: Env): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    const { batch } = options;
    await requireBatch(open, batch);
    const { started, following } = await retryBatch(open, options);
    const followed =
      following === 0 ? '' : `; ${countImages(following)} followed: IMS has an older create`;
    env.io.err(
      started + following === 0
        ? `Nothing to retry in batch ${batch}.`
        : `Batch ${batch}: ${countImages(started)} enqueued again${followed}.`,
    );
    return EXIT.ok;
  });
}

export function cancelCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option(...NAME_OPTION)
    .action((batch: string, name: NameFlag) => run(cancel({ batch, ...name }, envOf(io))));
}

function cancel(selection: Selection, env: Env): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    const { batch } = selection;
    await requireBatch(open, batch);
    for (const line of describe(batch, await cancelBatch(open, selection))) env.io.err(line);
    return EXIT.ok;
  });
}

function describe(batch: string, { cancelled, wantedElsewhere, left }: Cancelled): string[] {
  const inIms = (left.submitting ?? 0) + (left.creating ?? 0);
  const kept: readonly (readonly [number, string])[] = [
    [wantedElsewhere, 'that another batch needs too.'],
    [
      inIms,
      'already with IMS, which has no call to cancel an import. They are followed to their end; delete unwanted images afterwards.',
    ],
    [left.unknown ?? 0, `in state unknown, which IMS may have. See: ims-ferry resolve ${batch}`],
    [left.succeeded ?? 0, 'that had already succeeded.'],
  ];
  const lines = kept
    .filter(([count]) => count > 0)
    .map(([count, what]) => `Not cancelled: ${countImages(count)} ${what}`);
  return [`Batch ${batch}: ${countImages(cancelled)} cancelled.`, ...lines];
}
