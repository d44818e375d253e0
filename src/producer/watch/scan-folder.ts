import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { READ_SAFELY } from '../manifest/read-file.ts';
import { isManifestName } from './file-names.ts';
import { printOf } from './file-print.ts';
import { innerTarget } from './inner-link.ts';
import type { FileSight } from './settling.ts';

/** Looks at a folder, again and again; what has not changed since is not opened anew. */
export class FolderScanner {
  readonly #folder: string;
  #last: ReadonlyMap<string, FileSight> = new Map();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The manifests of the folder, and whatever else has the name of one, by name. Its subfolders are
   * not entered.
   * @throws the error of the file system when the folder cannot be read
   */
  async scan(): Promise<readonly FileSight[]> {
    const names = (await readdir(this.#folder)).filter(isManifestName).sort();
    const sights: FileSight[] = [];
    for (const name of names) {
      const sight = await this.#sightOf(name);
      if (sight) sights.push(sight);
    }
    this.#last = new Map(sights.map((sight) => [sight.name, sight]));
    return sights;
  }

  /** `undefined` when it has gone meanwhile. A name that is not UTF-8 is refused when it is read. */
  async #sightOf(name: string): Promise<FileSight | undefined> {
    // Of a link that is followed, what it leads to: that is what changes.
    const path = (await innerTarget(this.#folder, name)) ?? join(this.#folder, name);
    const facts = await lstat(path, { bigint: true }).catch(() => undefined);
    if (!facts) {
      return name.includes('\ufffd') ? { name, print: 'none', looksWhole: true } : undefined;
    }
    const print = printOf(facts);
    const last = this.#last.get(name);
    if (last?.print === print) return last;
    return { name, print, looksWhole: !facts.isFile() || (await looksWhole(path, facts.size)) };
  }
}

/** Its last line has its end, or it ends as JSON does. What cannot be opened is no longer waited for. */
async function looksWhole(path: string, size: bigint): Promise<boolean> {
  if (size === 0n) return false;
  const handle = await open(path, READ_SAFELY).catch(() => undefined);
  if (!handle) return true;
  try {
    const byte = new Uint8Array(1);
    await handle.read(byte, 0, 1, Number(size) - 1);
    return byte[0] === NEWLINE || (byte[0] === BRACE && path.toLowerCase().endsWith('.json'));
  } finally {
    await handle.close();
  }
}

const NEWLINE = 0x0a;
const BRACE = 0x7d;
