export interface HttpHead {
  readonly method: string;
  readonly path: string;
}

interface Scanned {
  /** The request whose head ended in this piece. */
  readonly begun?: HttpHead;
  /** The last byte of a request was in this piece. */
  readonly complete: boolean;
}

const NOTHING: Scanned = { complete: false };

/**
 * Sees where requests begin and end on one connection, without touching a byte. For clients that send
 * one request at a time with a Content-Length, as ours does; what is no HTTP is left alone.
 */
export class RequestScanner {
  #head = '';
  #bodyLeft = 0;
  #isHttp = true;

  feed(piece: Buffer): Scanned {
    if (!this.#isHttp) return NOTHING;
    if (this.#bodyLeft > 0) {
      this.#bodyLeft -= piece.length;
      return { complete: this.#bodyLeft <= 0 };
    }
    this.#head += piece.toString('latin1');
    this.#isHttp = /^[A-Z]/.test(this.#head);
    const end = this.#head.indexOf('\r\n\r\n');
    if (!this.#isHttp || end < 0) return NOTHING;
    const head = this.#head.slice(0, end);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    this.#bodyLeft = length - (this.#head.length - end - 4);
    this.#head = '';
    const [method = '', path = ''] = head.split(' ');
    return { begun: { method, path }, complete: this.#bodyLeft <= 0 };
  }
}
