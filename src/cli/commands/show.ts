import type { Command } from 'commander';
import { imageStatus } from '../../producer/batch-status.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import { type BatchSummary, batchEntries } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry, StoryLine } from '../../shared/ledger/ledger-entry.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { isoTime } from '../../ui/format.ts';
import { imageRow } from '../../ui/image-row.ts';
import { rulesFor } from '../../ui/retention-words.ts';
import type { CommandContext } from '../command.ts';
import { type Io, printJson, printLine, resultWidth } from '../io.ts';
import { namedBatch } from '../open/named-batch.ts';
import { envOf, type OpenLedger, withLedger } from '../open/open-ledger.ts';
import { imageStory } from '../terminal/image-story.ts';

interface ShowFlags {
  readonly json?: true;
}

export function showCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option('--json', 'print data only')
    .action((batch: string, image: string, flags: ShowFlags) =>
      run(show({ batch, image }, flags, io)),
    );
}

interface Wanted {
  readonly batch: string;
  /** Its name, its marker, or the id of its image or IMS job. */
  readonly image: string;
}

/** Everything that is known of one image. */
function show(wanted: Wanted, { json }: ShowFlags, io: Io): Promise<ExitCode> {
  const env = { ...envOf(io), isReader: true };
  return withLedger(env, async (open) => {
    const summary = await namedBatch(open, wanted.batch, env);
    const entry = await findImage(open, wanted);
    const story = await open.ledger.story(entry.key);
    if (json) printJson(io, imageData(entry, story, summary));
    else {
      const { request, copies = [] } = entry;
      const keys = request.kind === 'copy' ? [request.source] : copies;
      const related = await open.ledger.readMany(keys);
      const of = { summary, entry, related, story, now: open.clock.now() };
      for (const text of imageStory(of, resultWidth(io))) printLine(io, text);
    }
    const { status } = entry.state;
    const needsAttention = ['failed', 'unknown', 'cancelled'].includes(status);
    return needsAttention ? EXIT.imageFailed : EXIT.ok;
  });
}

/** @throws UsageError when none, or more than one, of the batch is meant */
async function findImage(open: OpenLedger, { batch, image }: Wanted): Promise<LedgerEntry> {
  const byName: LedgerEntry[] = [];
  const similar: string[] = [];
  for await (const entry of batchEntries(open, batch)) {
    if (isMeant(entry, image)) return entry;
    const { name } = entry.request;
    if (name === image) byName.push(entry);
    else if (similar.length < MOST_SIMILAR && name.includes(image)) similar.push(name);
  }
  // A copy in another region may have the name of its source.
  const imported = byName.filter(({ request }) => request.kind !== 'copy');
  const [first, ...others] = imported.length === 1 ? imported : byName;
  if (!first) {
    const known =
      similar.length === 0
        ? `ims-ferry status ${shellQuoted(batch)} lists them.`
        : `There are: ${similar.join(', ')}.`;
    throw new UsageError(`Batch "${batch}" has no image "${image}".`, known);
  }
  if (others.length === 0) return first;
  const keys = byName.map(({ key, state }) => `${key} (${state.status})`);
  throw new UsageError(
    `${byName.length} images of batch "${batch}" have the name "${image}".`,
    `Name one by its marker: ${keys.join(', ')}`,
  );
}

const MOST_SIMILAR = 10;

function isMeant({ key, state }: LedgerEntry, id: string): boolean {
  const jobId = 'jobId' in state ? state.jobId : undefined;
  const imageId = 'imageId' in state ? state.imageId : undefined;
  return [key, jobId, imageId].includes(id);
}

function imageData(
  entry: LedgerEntry,
  story: readonly StoryLine[],
  { notify, retention }: BatchSummary,
): object {
  const { batches, request, registeredAt, file } = entry;
  return {
    ...imageStatus(entry),
    batches,
    registered_at: isoTime(registeredAt),
    request,
    file: file
      ? { size: file.bytes, format: file.format ?? null, virtual_size: file.virtualBytes ?? null }
      : null,
    story: story.map(({ at, text }) => ({ at: isoTime(at), text })),
    notify: notify ?? null,
    retention: rulesFor(imageRow(entry, 0), retention),
  };
}
