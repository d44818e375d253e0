/**
 * The importer that one writes in an afternoon: fetch, a limit, a poll at a fixed interval, retries with
 * back-off after a 429. A process of its own: `TOKEN=… plain-importer.ts EVERY_MS BASE_URL PROJECT_ID
 * IMAGES LIMIT`. Prints how many images it knows to be done.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const [everyMs = '', base = '', project = '', images = '', limit = ''] = process.argv.slice(2);
const headers = { 'x-auth-token': process.env['TOKEN'] ?? '', 'content-type': 'application/json' };

type Json = Readonly<Record<string, unknown>>;

/** The answer's JSON; `undefined` when it is an error. */
async function call(method: 'GET' | 'POST', path: string, json?: Json): Promise<Json | undefined> {
  for (let tries = 0; ; tries += 1) {
    const body = json === undefined ? null : JSON.stringify(json);
    const signal = AbortSignal.timeout(30_000);
    const answer = await fetch(`${base}${path}`, { method, headers, body, signal });
    const text = await answer.text();
    if (answer.status === 200) return JSON.parse(text);
    if (answer.status !== 429) return undefined;
    await sleep(Math.min(30_000, 1000 * 2 ** tries) * (0.5 + Math.random()));
  }
}

async function importOne(image: string): Promise<boolean> {
  const body = { name: image, image_url: `bench:${image}.qcow2`, min_disk: 40 };
  const made = await call('POST', '/v2/cloudimages/action', body);
  if (made === undefined) return false;
  const path = `/v1/${project}/jobs/${String(made['job_id'])}`;
  for (;;) {
    await sleep(Number(everyMs));
    // A broken connection is no outcome: the poll is tried once more.
    const job = await call('GET', path).catch(() => call('GET', path));
    if (job === undefined || job['status'] === 'FAIL') return false;
    if (job['status'] === 'SUCCESS') return true;
  }
}

const waiting = Array.from({ length: Number(images) }, (_, index) => `image-${index + 1}`);
let done = 0;

async function importAll(): Promise<void> {
  for (let image = waiting.shift(); image !== undefined; image = waiting.shift()) {
    // One image that fails must not end the others.
    if (await importOne(image).catch(() => false)) done += 1;
  }
}

await Promise.all(Array.from({ length: Number(limit) }, importAll));
process.stdout.write(`${done}\n`);
