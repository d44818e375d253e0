import { Bytes } from './bytes.ts';
import type { RangedFile } from './disk-file.ts';

/** Of one file, whatever its header claims. */
export const MOST_READS = 8;
export const MOST_BYTES = 256 * 1024;

interface Part {
  readonly offset: number;
  readonly bytes: Bytes;
}

/** Reads parts of a file, each once, and never more than the limits: what is not read is empty. */
export class Excerpts {
  /** Of the whole file. */
  readonly bytes: number;
  readonly #file: RangedFile;
  readonly #parts: Part[] = [];
  #bytesLeft = MOST_BYTES;

  constructor(file: RangedFile) {
    this.bytes = file.bytes;
    this.#file = file;
  }

  /** Fewer bytes where the file or the limit ends. Offsets come from headers: any number is fine. */
  async at(offset: number, length: number): Promise<Bytes> {
    const inFile = Math.min(length, this.bytes - offset);
    if (!Number.isSafeInteger(offset) || offset < 0 || !(inFile > 0)) return NOTHING;
    const known = this.#parts.find((part) => part.bytes.has(offset - part.offset, inFile));
    if (known !== undefined) return known.bytes.part(offset - known.offset, inFile);
    const affordable = Math.min(Math.floor(inFile), this.#bytesLeft);
    if (this.#parts.length === MOST_READS || affordable < 1) return NOTHING;
    this.#bytesLeft -= affordable;
    const data = await this.#file.read(offset, affordable);
    const bytes = new Bytes(data.subarray(0, affordable));
    this.#parts.push({ offset, bytes });
    return bytes;
  }
}

const NOTHING = new Bytes(new Uint8Array());
