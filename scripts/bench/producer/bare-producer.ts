/**
 * The least that any producer does: the file through `yaml.parse`, its images through `addBulk`. As a
 * process of its own: `bare-producer.ts REDIS_URL FILE…`.
 */
import { readFile } from 'node:fs/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { parse } from 'yaml';

const [url = '', ...files] = process.argv.slice(2);
const queue = new Queue('bare', { connection: new Redis(url, { maxRetriesPerRequest: null }) });
for (const file of files) {
  const { images } = parse(await readFile(file, 'utf8')) as { images: { name: string }[] };
  for (let from = 0; from < images.length; from += 500) {
    await queue.addBulk(
      images.slice(from, from + 500).map((image) => ({
        name: image.name,
        data: image,
        opts: { jobId: `job-${image.name}` },
      })),
    );
  }
}
process.exit();
