/**
 * The bare loop of two queues, a submit and one delayed poll an image, with no work in it. As a
 * process of its own: `bare-queues.ts REDIS_URL IMAGES CONCURRENCY`. Prints seconds and CPU seconds.
 */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [url = '', images = '', concurrency = ''] = process.argv.slice(2);
const connect = (): Redis => new Redis(url, { maxRetriesPerRequest: null });
const connection = connect();
const options = { connection, defaultJobOptions: { removeOnComplete: { count: 2000 } } };
const submits = new Queue('submit', options);
const polls = new Queue('poll', options);

for (let from = 0; from < Number(images); from += 500) {
  const page = Math.min(500, Number(images) - from);
  await submits.addBulk(
    Array.from({ length: page }, (_, at) => ({
      name: 'image',
      data: { key: from + at },
      opts: { jobId: `image-${from + at}` },
    })),
  );
}

const { promise, resolve } = Promise.withResolvers<void>();
let done = 0;
const start = performance.now();
const worker = { connection: connect(), concurrency: Number(concurrency) };
const submitter = new Worker<{ key: number }>(
  'submit',
  async ({ data }) => {
    await polls.add('image', data, { jobId: `image-p${data.key}`, delay: 10 });
  },
  worker,
);
const poller = new Worker(
  'poll',
  async () => {
    done += 1;
    if (done === Number(images)) resolve();
  },
  { ...worker, connection: connect(), concurrency: 20 },
);
await promise;
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage();
await Promise.all([submitter.close(), poller.close()]);
process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6 })}\n`);
process.exit();
