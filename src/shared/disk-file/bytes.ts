/** Bytes of a file that nobody vouches for: behind their end everything is zero, and nothing throws. */
export class Bytes {
  readonly length: number;
  readonly #data: Uint8Array;
  readonly #view: DataView;

  constructor(data: Uint8Array) {
    this.length = data.length;
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.length);
  }

  u8(at: number): number {
    return this.has(at, 1) ? this.#view.getUint8(at) : 0;
  }

  u16(at: number): number {
    return this.has(at, 2) ? this.#view.getUint16(at, true) : 0;
  }

  u32(at: number): number {
    return this.has(at, 4) ? this.#view.getUint32(at, true) : 0;
  }

  u64(at: number): bigint {
    return this.has(at, 8) ? this.#view.getBigUint64(at, true) : 0n;
  }

  u16be(at: number): number {
    return this.has(at, 2) ? this.#view.getUint16(at) : 0;
  }

  u32be(at: number): number {
    return this.has(at, 4) ? this.#view.getUint32(at) : 0;
  }

  u64be(at: number): bigint {
    return this.has(at, 8) ? this.#view.getBigUint64(at) : 0n;
  }

  has(at: number, length: number): boolean {
    return Number.isSafeInteger(at) && at >= 0 && length >= 0 && at + length <= this.length;
  }

  /** What there is of a part. */
  part(at: number, length: number): Bytes {
    const start = Math.min(Math.max(at, 0), this.length);
    return new Bytes(
      this.#data.subarray(start, Math.max(start, Math.min(at + length, this.length))),
    );
  }

  startsWith(text: string, at = 0): boolean {
    return this.has(at, text.length) && this.#latin1(at, text.length) === text;
  }

  /** One character per byte, up to the first zero. */
  text(at: number, length: number): string {
    const text = this.#latin1(at, length);
    const end = text.indexOf('\0');
    return end === -1 ? text : text.slice(0, end);
  }

  #latin1(at: number, length: number): string {
    return Buffer.from(this.part(at, length).#data).toString('latin1');
  }

  utf8(at: number, length: number): string {
    return Buffer.from(this.text(at, length), 'latin1').toString('utf8');
  }

  utf16(at: number, length: number, order: 'little' | 'big'): string {
    const text = new TextDecoder(order === 'little' ? 'utf-16le' : 'utf-16be');
    return text.decode(this.part(at, length).#data).split('\0', 1).join('');
  }

  hex(at: number, length: number): string {
    return Buffer.from(this.part(at, length).#data).toString('hex');
  }

  /** Where the last byte that is not zero lies; -1 where there is none. */
  lastUsed(): number {
    return this.#data.findLastIndex((byte) => byte !== 0);
  }

  copy(): Uint8Array {
    return Uint8Array.from(this.#data);
  }
}
