import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import { rawServer } from '../support/raw-server.ts';
import { until } from '../support/until.ts';

const LONG = 'x'.repeat(2000);

async function proxied(body = 'hello'): Promise<{ proxy: FaultProxy; asked: () => number }> {
  const server = await rawServer((_, response) => response.end(body));
  return { proxy: await faultProxy(server.url), asked: () => server.seen.length };
}

/** The same on a clock that does not move: what it would have slept, in milliseconds. */
async function timed(body?: string): Promise<{ proxy: FaultProxy; slept: number[] }> {
  const server = await rawServer((_, response) => response.end(body ?? 'hello'));
  const slept: number[] = [];
  const sleep = async (ms: number): Promise<void> => void slept.push(ms);
  const clock = { ...systemClock, monotonic: () => 0, sleep };
  return { proxy: await faultProxy(server.url, 1, clock), slept };
}

const sum = (all: readonly number[]): number => all.reduce((so, one) => so + one, 0);

interface Answered {
  readonly text: string;
  /** How the connection ended: FIN, or the code of an error. */
  readonly end: string;
}

function dial(proxy: FaultProxy): Socket {
  const socket = connect(proxy.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** One request on a connection of its own, and everything that comes back. */
async function ask(proxy: FaultProxy, head = 'GET /a HTTP/1.1', body = ''): Promise<Answered> {
  const socket = dial(proxy);
  let text = '';
  let end = 'FIN';
  socket.setEncoding('latin1').on('data', (piece: string) => {
    text += piece;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code ?? 'error';
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const length = `Content-Length: ${body.length}`;
  socket.write(`${head}\r\nHost: x\r\nConnection: close\r\n${length}\r\n\r\n${body}`);
  await closed;
  return { text, end };
}

describe('bytes', () => {
  test('pass unchanged both ways where nothing is set', async () => {
    const { proxy } = await proxied(LONG);
    const { text, end } = await ask(proxy);
    expect(text.endsWith(LONG)).toBe(true);
    expect(end).toBe('FIN');
    expect(proxy.connections()).toBe(1);
  });

  test('are late by the latency and its jitter', async () => {
    const { proxy, slept } = await timed();
    proxy.set({ latencyMs: 100, jitterMs: 20 });
    expect((await ask(proxy)).text).toContain('hello');
    expect(slept.length).toBeGreaterThan(0);
    expect(Math.min(...slept)).toBeGreaterThan(100);
    expect(Math.max(...slept)).toBeLessThan(120);
    proxy.heal();
    slept.length = 0;
    expect((await ask(proxy)).text).toContain('hello');
    expect(slept).toEqual([]);
  });

  test('come no faster than the bandwidth', async () => {
    const { proxy, slept } = await timed(LONG);
    proxy.set({ bytesPerSecond: 10_000 });
    const { text } = await ask(proxy);
    expect(text.endsWith(LONG)).toBe(true);
    expect(sum(slept)).toBeCloseTo(text.length / 10, 3);
  });

  test('come in slices', async () => {
    const { proxy } = await proxied(LONG);
    proxy.set({ sliceBytes: 100 });
    const { text } = await ask(proxy);
    expect(text.endsWith(LONG)).toBe(true);
    expect(proxy.passed()).toBeGreaterThanOrEqual(text.length / 100);
  });
});

describe('a connection', () => {
  test('is reset at once, or after a number of bytes of the answer', async () => {
    const { proxy, asked } = await proxied(LONG);
    proxy.set({ resetAfterBytes: 0 });
    expect(await ask(proxy)).toMatchObject({ end: 'ECONNRESET', text: '' });
    expect(asked()).toBe(0);
    proxy.set({ resetAfterBytes: 50 });
    const { end, text } = await ask(proxy);
    expect(end).toBe('ECONNRESET');
    expect(text.length).toBeLessThanOrEqual(50);
    expect(asked()).toBe(1);
  });

  test('ends after a number of bytes of the answer', async () => {
    const { proxy } = await proxied(LONG);
    proxy.set({ cutAfterBytes: 50 });
    expect(await ask(proxy)).toMatchObject({ end: 'FIN', text: expect.stringMatching(/^.{50}$/s) });
  });

  test('that is in a blackhole gets its answer when that ends', async () => {
    const { proxy, asked } = await proxied();
    proxy.set({ blackhole: true });
    const waiting = ask(proxy);
    const other = dial(proxy);
    await once(other, 'connect');
    expect(asked()).toBe(0);
    proxy.heal();
    expect((await waiting).text).toContain('hello');
  });

  test('is refused while the proxy is down, on the same port as before and after', async () => {
    const { proxy } = await proxied();
    const standing = dial(proxy);
    await once(standing, 'connect');
    const cut = once(standing, 'close');
    await proxy.down();
    await cut;
    expect((await ask(proxy)).end).toBe('ECONNREFUSED');
    await proxy.up();
    expect((await ask(proxy)).text).toContain('hello');
  });

  test('that is open is cut again and again while the proxy flaps', async () => {
    const { proxy } = await proxied();
    const flapping = proxy.flap({ upPieces: 1, downMs: 20 });
    const ends = new Set<string>();
    while (!ends.has('FIN') || !ends.has('ECONNREFUSED')) ends.add((await ask(proxy)).end);
    await flapping.stop();
    expect((await ask(proxy)).text).toContain('hello');
  });

  test('that is open is reset by hand', async () => {
    const { proxy } = await proxied();
    const socket = dial(proxy);
    await once(socket, 'connect');
    const failed = once(socket, 'error');
    await until(() => proxy.connections() === 1);
    proxy.resetAll();
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  test('loses its answer after the upstream has acted', async () => {
    const { proxy, asked } = await proxied();
    proxy.set({ loseAnswers: 1 });
    expect(await ask(proxy)).toMatchObject({ end: 'ECONNRESET', text: '' });
    expect(asked()).toBe(1);
  });
});

describe('the answer to a request', () => {
  test.each([
    { fault: 'drop', end: 'FIN', holds: /^$/ },
    { fault: 'reset', end: 'ECONNRESET', holds: /^$/ },
    { fault: 'garbage', end: 'FIN', holds: /^(?!HTTP)./s },
    { fault: 'html', end: 'FIN', holds: /^HTTP\/1.1 200 .*<title>502/s },
    { fault: 'empty', end: 'FIN', holds: /^HTTP\/1.1 200 .*content-length: 0.*\r\n\r\n$/s },
    { fault: 'cut', end: 'FIN', holds: /content-length: 1000.*ff80$/s },
  ] as const)('is replaced: $fault; the upstream has acted', async ({ fault, end, holds }) => {
    const { proxy, asked } = await proxied();
    proxy.plan({ fault });
    const answer = await ask(proxy, 'POST /create HTTP/1.1', LONG);
    expect(answer.end).toBe(end);
    expect(answer.text).toMatch(holds);
    expect(asked()).toBe(1);
    expect((await ask(proxy)).text).toContain('hello');
  });

  test('never comes', async () => {
    const { proxy, asked } = await proxied();
    proxy.plan({ fault: 'silence' });
    const waiting = ask(proxy);
    await until(() => proxy.struck() === 1 && asked() === 1);
    await proxy.down();
    expect((await waiting).text).toBe('');
  });

  test('comes late: when the test releases it', async () => {
    const { proxy, asked } = await proxied();
    const released = Promise.withResolvers<void>();
    proxy.plan({ fault: 'late', until: released.promise });
    const waiting = ask(proxy);
    await until(() => proxy.struck() === 1 && asked() === 1);
    expect(proxy.passed()).toBe(0);
    released.resolve();
    expect((await waiting).text).toContain('hello');
  });

  test('drips without an end', async () => {
    const { proxy } = await proxied();
    proxy.plan({ fault: 'drip' });
    const socket = dial(proxy);
    let text = '';
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => /\r\n\r\n {3}$/.test(text));
    expect(text).toContain('content-length: 1000000');
  });

  test('is one of our own, and the upstream is not asked where that is wished', async () => {
    const { proxy, asked } = await proxied();
    const fault = { status: 429, headers: { 'retry-after': '7' }, json: { a: 1 } };
    proxy.plan({ fault, forwarded: false });
    const { text } = await ask(proxy, 'POST /create HTTP/1.1', LONG);
    expect(text).toMatch(/^HTTP\/1.1 429 .*retry-after: 7\r\n.*\{"a":1\}$/s);
    expect(asked()).toBe(0);
  });

  test('is struck only where method and path match, and only so often', async () => {
    const { proxy } = await proxied();
    proxy.plan({ fault: 'drop', count: 2, method: 'POST', path: /create/ });
    expect((await ask(proxy, 'GET /create HTTP/1.1')).text).toContain('hello');
    expect((await ask(proxy, 'POST /other HTTP/1.1')).text).toContain('hello');
    expect((await ask(proxy, 'POST /create HTTP/1.1')).text).toBe('');
    expect((await ask(proxy, 'POST /create HTTP/1.1')).text).toBe('');
    expect((await ask(proxy, 'POST /create HTTP/1.1')).text).toContain('hello');
    expect(proxy.struck()).toBe(2);
  });

  test('of 100 MB is never held in memory, and ends when the client hangs up', async () => {
    const { proxy } = await proxied();
    proxy.plan({ fault: 'oversize' });
    const before = process.memoryUsage().rss;
    const socket = dial(proxy);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    let bytes = 0;
    for await (const piece of socket) {
      bytes += piece.length;
      if (bytes > 30_000_000) break;
    }
    expect(bytes).toBeGreaterThan(30_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(95_000_000);
  });
});
