import type { Command } from 'commander';
import {
  type Cancelled,
  cancelBatch,
  type Retried,
  type RetryOptions,
  retryBatch,
  type Selection,
} from '../../operator/batch-actions.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { CODE_OPTION, type CommandContext, JSON_OPTION, NAME_OPTION } from '../command.ts';
import { countImages } from '../describe.ts';
import { printJson } from '../io.ts';
import { namedBatch } from '../open/named-batch.ts';
import { type Env, envOf, withLedger } from '../open/open-ledger.ts';

interface SelectFlags {
  readonly name?: string;
  readonly code?: string;
  readonly json?: true;
}

interface RetryFlags extends SelectFlags {
  readonly cancelled?: boolean;
}

export function retryCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option(...NAME_OPTION)
    .option(...CODE_OPTION)
    .option('--cancelled', 'also retry cancelled images')
    .option(...JSON_OPTION)
    .action((batch: string, { cancelled = false, json, ...select }: RetryFlags) =>
      run(retry({ batch, cancelled, ...select }, { ...envOf(io), json })),
    );
}

type Printing = Env & { readonly json: true | undefined };

function retry(options: RetryOptions, env: Printing): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    const { batch } = options;
    await namedBatch(open, batch, env);
    const retried = await retryBatch(open, options);
    if (env.json) printJson(env.io, { batch, ...retried });
    else env.io.err(retriedText(options, retried));
    return EXIT.ok;
  });
}

function retriedText({ batch, code }: RetryOptions, { started, following }: Retried): string {
  if (started + following === 0) {
    const which = code === undefined ? '' : `: no image failed with ${escapeText(code)}`;
    return `Nothing to retry in batch ${batch}${which}.`;
  }
  const followed =
    following === 0 ? '' : `; ${countImages(following)} followed: IMS has an older create`;
  return `Batch ${batch}: ${countImages(started)} enqueued again${followed}.`;
}

export function cancelCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option(...NAME_OPTION)
    .option(...CODE_OPTION)
    .option(...JSON_OPTION)
    .action((batch: string, { json, ...name }: SelectFlags) =>
      run(cancel({ batch, ...name }, { ...envOf(io), json })),
    );
}

function cancel(selection: Selection, env: Printing): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    const { batch } = selection;
    await namedBatch(open, batch, env);
    const result = await cancelBatch(open, selection);
    if (env.json) printJson(env.io, cancelledData(batch, result));
    else for (const line of describe(batch, result)) env.io.err(line);
    return EXIT.ok;
  });
}

function cancelledData(batch: string, { cancelled, wantedElsewhere, left }: Cancelled): object {
  return { batch, cancelled, wanted_elsewhere: wantedElsewhere, left };
}

function describe(batch: string, { cancelled, wantedElsewhere, left }: Cancelled): string[] {
  const inIms = (left.submitting ?? 0) + (left.creating ?? 0);
  const kept: readonly (readonly [number, string])[] = [
    [wantedElsewhere, 'that another batch needs too.'],
    [
      inIms,
      'already with IMS, which has no call to cancel an import. They are followed to their end; delete unwanted images afterwards.',
    ],
    [
      left.unknown ?? 0,
      `in state unknown, which IMS may have. See: ims-ferry resolve ${shellQuoted(batch)}`,
    ],
    [left.succeeded ?? 0, 'that had already succeeded.'],
  ];
  const lines = kept
    .filter(([count]) => count > 0)
    .map(([count, what]) => `Not cancelled: ${countImages(count)} ${what}`);
  return [`Batch ${batch}: ${countImages(cancelled)} cancelled.`, ...lines];
}
