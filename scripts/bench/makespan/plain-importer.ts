/**
 * An importer as one writes it in an afternoon: fetch, p-limit, a loop that polls. As a process of its
 * own: `TOKEN=… plain-importer.ts STYLE BASE_URL PROJECT_ID IMAGES LIMIT`. Prints how many it knows to
 * be done.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isStyleName, pauseAfter429, STYLES } from './poll-styles.ts';

const [name = '', base = '', project = '', images = '', limit = ''] = process.argv.slice(2);
const token = process.env['TOKEN'] ?? '';
if (!isStyleName(name)) throw new Error(`no such style: ${name}`);
const style = STYLES[name];
const headers = { 'x-auth-token': token, 'content-type': 'application/json' };
let throttled = 0;

type Json = Readonly<Record<string, unknown>>;

/** The answer's JSON; `undefined` when the image is to be given up. */
async function call(
  method: 'GET' | 'POST',
  path: string,
  json?: object,
): Promise<Json | undefined> {
  for (let nth = 1; ; nth += 1) {
    const body = json === undefined ? null : JSON.stringify(json);
    const signal = AbortSignal.timeout(30_000);
    const answer = await fetch(`${base}${path}`, { method, headers, body, signal });
    const text = await answer.text();
    if (answer.status === 200) return JSON.parse(text);
    if (answer.status !== 429) return undefined;
    throttled += 1;
    const at = { nth, all: throttled, isPoll: method === 'GET', chance: Math.random() };
    const pauseMs = pauseAfter429(style, at);
    if (pauseMs === 'give-up') return undefined;
    await sleep(pauseMs);
  }
}

async function importOne(image: string): Promise<boolean> {
  const body = { name: image, image_url: `bench:${image}.qcow2`, min_disk: 40 };
  const made = await call('POST', '/v2/cloudimages/action', body);
  if (made === undefined) return false;
  await sleep(style.firstMs);
  for (;;) {
    const job = await poll(String(made['job_id']));
    if (job === undefined || job['status'] === 'FAIL') return false;
    if (job['status'] === 'SUCCESS') return true;
    await sleep(style.everyMs);
  }
}

/** A connection that breaks says nothing about the import: a poll is tried once more. */
async function poll(id: string): Promise<Json | undefined> {
  const path = `/v1/${project}/jobs/${id}`;
  return call('GET', path).catch(() => call('GET', path));
}

async function importOrNot(image: string): Promise<boolean> {
  try {
    return await importOne(image);
  } catch (error) {
    process.stderr.write(`${name}, ${image}: ${String(error)}\n`);
    // One image that fails must not end the others.
    return false;
  }
}

const place = pLimit(Number(limit));
const names = Array.from({ length: Number(images) }, (_, index) => `image-${index + 1}`);
const outcomes = await Promise.all(names.map((image) => place(() => importOrNot(image))));
process.stdout.write(`${outcomes.filter((isDone) => isDone).length}\n`);
