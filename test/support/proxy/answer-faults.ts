import type { Socket } from 'node:net';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import type { HttpHead } from './request-scanner.ts';
import { writeOut } from './write-out.ts';

/** An answer of our own. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** A page, in place of JSON. */
  readonly page?: string;
}

/** What the client gets in place of the upstream's answer. */
export type AnswerFault =
  /** The connection is closed without a word. */
  | 'drop'
  | 'reset'
  /** Nothing ever comes. */
  | 'silence'
  /** No HTTP at all. */
  | 'garbage'
  /** 200 with an HTML page. */
  | 'html'
  /** 200 without a body. */
  | 'empty'
  /** 200 that ends long before its Content-Length. */
  | 'cut'
  /** 200 with 100 MB. */
  | 'oversize'
  /** 200 with a byte every 50 ms, without an end. */
  | 'drip'
  /** The upstream's own answer, when `until` of the plan has resolved. */
  | 'late'
  | OwnAnswer;

/** The next `count` requests that match get this fault. */
export interface AnswerPlan {
  readonly fault: AnswerFault;
  /** @default 1 */
  readonly count?: number;
  readonly method?: string;
  readonly path?: RegExp;
  /** False: the upstream never sees the request. @default true */
  readonly forwarded?: boolean;
  /** How long a late answer is held back. */
  readonly until?: Promise<unknown>;
}

/** What is planned, and how often each plan has struck. */
export class AnswerPlans {
  readonly #plans: { readonly plan: AnswerPlan; left: number }[] = [];
  struck = 0;

  add(plan: AnswerPlan): void {
    this.#plans.push({ plan, left: plan.count ?? 1 });
  }

  clear(): void {
    this.#plans.length = 0;
  }

  /** The plan for this request, which then counts as carried out. */
  take({ method, path }: HttpHead): AnswerPlan | undefined {
    const found = this.#plans.find(({ plan, left }) => {
      const isMethod = plan.method === undefined || plan.method === method;
      return left > 0 && isMethod && (plan.path === undefined || plan.path.test(path));
    });
    if (!found) return undefined;
    found.left -= 1;
    this.struck += 1;
    return found.plan;
  }
}

const OVERSIZE_BYTES = 100_000_000;
const HTML = '<html><head><title>502 Bad Gateway</title></head><body>proxy</body></html>';

/** Gives the client its fault; the connection is of no use afterwards, but for a silent one. */
export async function inflict(fault: AnswerFault, client: Socket): Promise<void> {
  switch (fault) {
    case 'silence':
    case 'late':
      return;
    case 'reset':
      client.resetAndDestroy();
      return;
    case 'drop':
      client.end();
      return;
    case 'garbage':
      client.end(Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]));
      return;
    case 'html':
      client.end(head(200, { 'content-type': 'text/html', 'content-length': HTML.length }) + HTML);
      return;
    case 'empty':
      client.end(head(200, { 'content-length': 0 }));
      return;
    case 'cut':
      client.end(`${head(200, { 'content-length': 1000 })}{"job_id":"ff80`);
      return;
    case 'oversize':
      return oversize(client);
    case 'drip':
      return drip(client);
    default:
      return own(fault, client);
  }
}

async function own(answer: OwnAnswer, client: Socket): Promise<void> {
  const { status, headers, json, page } = answer;
  const body = page ?? (json === undefined ? '' : JSON.stringify(json));
  const type = page === undefined ? 'application/json' : 'text/html';
  const length = { 'content-length': Buffer.byteLength(body), 'content-type': type };
  client.end(head(status, { ...length, ...headers }) + body);
}

/** One block over and over, no faster than the client takes it. */
async function oversize(client: Socket): Promise<void> {
  client.write(head(200, { 'content-length': OVERSIZE_BYTES }));
  const block = Buffer.alloc(100_000, 0x20);
  for (let sent = 0; sent < OVERSIZE_BYTES && !client.destroyed; sent += block.length) {
    await writeOut(client, block);
  }
  client.end();
}

async function drip(client: Socket): Promise<void> {
  client.write(head(200, { 'content-length': 1_000_000 }));
  const gone = new AbortController();
  client.once('close', () => gone.abort());
  while (!client.destroyed) {
    client.write(' ');
    await systemClock.sleep(50, gone.signal);
  }
}

function head(status: number, headers: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries({ ...headers, connection: 'close' });
  return `HTTP/1.1 ${status} X\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
