import { z } from 'zod';
import type { ImportKey } from '../image/import-key.ts';
import { type Call, FLAG, luaFile, type Script, StorePart } from './scripts.ts';

const markSchema = z.object({
  /** Written into the file, too: they belong together. */
  id: z.string(),
  /** `removing`: the file is complete, and its images leave the ledger. */
  phase: z.enum(['writing', 'removing']),
  /** Whole path. */
  file: z.string(),
  /** The machine on which the file is. */
  host: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** When the batch had finished: another time means that it has changed since. */
  finishedAt: z.number(),
});

/** What a batch carries while it is being archived: by whom, into which file, and how far. */
export type ArchiveMark = Readonly<z.infer<typeof markSchema>>;

/** Where a batch went that has left the ledger. */
const archivedSchema = markSchema.pick({ id: true, file: true, host: true, at: true });
type ArchivedFile = Readonly<z.infer<typeof archivedSchema>>;

export function parseMark(text: string): ArchiveMark {
  return markSchema.parse(JSON.parse(text));
}

/** In one spelling: marks are compared as texts. */
function markText({ id, phase, file, host, at, finishedAt }: ArchiveMark): string {
  return JSON.stringify({ id, phase, file, host, at, finishedAt });
}

/** An image as it was written to the file. */
export interface WrittenImage {
  readonly key: ImportKey;
  readonly revision: number;
}

/** A batch that is being archived. */
export interface Archiving {
  readonly batch: string;
  readonly mark: ArchiveMark;
}

const LUA = luaFile('archive.lua');
const MARK = LUA.script('mark', FLAG);
const TAKE_OUT = LUA.script('takeOut', z.number());
const FORGET = LUA.script('forget', z.number());

/** Takes finished batches out of the ledger. Every step compares: what has changed meanwhile stays. */
export class BatchArchive extends StorePart {
  /** Marks a batch; false when it is not as it was read, `before` being the mark that it had. */
  async mark({ batch, mark }: Archiving, before?: ArchiveMark): Promise<boolean> {
    const expected = before && markText(before);
    const finishedAt = String(mark.finishedAt);
    return this.#run(MARK, batch, { expected, mark: markText(mark), finishedAt });
  }

  /** Leaves the batch as if nothing had begun. */
  async unmark({ batch, mark }: Archiving): Promise<void> {
    await this.#run(MARK, batch, { expected: markText(mark) });
  }

  /**
   * Takes a page of images out. False when nothing may be taken any more: the batch was registered again, or
   * one of its images has moved.
   */
  async takeOut({ batch, mark }: Archiving, page: readonly WrittenImage[]): Promise<boolean> {
    const images = page.map(({ key, revision }) => ({ key, revision: String(revision) }));
    const finishedAt = String(mark.finishedAt);
    return (await this.#run(TAKE_OUT, batch, { mark: markText(mark), finishedAt, images })) >= 0;
  }

  /** Keeps in mind into which file a batch goes: about 200 bytes, for as long as the ledger exists. */
  async noteFile({ batch, mark }: Archiving): Promise<void> {
    const text = JSON.stringify(archivedSchema.parse(mark));
    await this.redis.hset(this.keys.archived, batch, text);
  }

  /** The newest file into which a batch of this name was archived. */
  async fileOf(batch: string): Promise<ArchivedFile | undefined> {
    const text = await this.redis.hget(this.keys.archived, batch);
    return text === null ? undefined : archivedSchema.parse(JSON.parse(text));
  }

  /** Forgets a batch that has no image left; false when it has some, or its mark was removed. */
  async forget({ batch, mark }: Archiving): Promise<boolean> {
    return (await this.#run(FORGET, batch, { mark: markText(mark) })) === 0;
  }

  #run<T>(script: Script<T>, batch: string, arg: Call['arg']): Promise<T> {
    return this.run(script, this.keys.batch(batch), { batch, ...arg });
  }
}
