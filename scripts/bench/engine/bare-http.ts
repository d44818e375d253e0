/**
 * The calls that one image needs, and nothing else: create, IMS job, image. As a process of its own:
 * `bare-http.ts ky|undici BASE_URL IMAGES CONCURRENCY TOKEN PROJECT`. Prints seconds and CPU seconds.
 */
import ky from 'ky';
import { Agent, request } from 'undici';

const [client = '', base = '', images = '', concurrency = '', token = '', project = ''] =
  process.argv.slice(2);
const headers = { 'x-auth-token': token, 'content-type': 'application/json' };
const dispatcher = new Agent({ connections: Number(concurrency) });

type Call = (method: 'GET' | 'POST', path: string, json?: object) => Promise<unknown>;

const withKy: Call = (method, path, json) =>
  ky(`${base}${path}`, { method, headers, retry: 0, ...(json ? { json } : {}) }).json();

const withUndici: Call = async (method, path, json) => {
  const body = json ? JSON.stringify(json) : null;
  const answer = await request(`${base}${path}`, { method, headers, body, dispatcher });
  return answer.body.json();
};

async function importOne(call: Call, index: number): Promise<void> {
  const name = `bare-${index}`;
  const image = { name, image_url: `bare:${name}.qcow2`, min_disk: 40, tags: ['a.b'] };
  const made = (await call('POST', '/v2/cloudimages/action', image)) as { job_id: string };
  const job = (await call('GET', `/v1/${project}/jobs/${made.job_id}`)) as {
    entities: { image_id: string };
  };
  await call('GET', `/v2/images/${job.entities.image_id}`);
}

const call = client === 'ky' ? withKy : withUndici;
let next = 0;
const start = performance.now();
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    while (next < Number(images)) {
      next += 1;
      await importOne(call, next);
    }
  }),
);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage();
process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6 })}\n`);
process.exit();
