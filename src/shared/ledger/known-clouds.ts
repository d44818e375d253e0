import { StorePart } from './scripts.ts';

/** What the ledgers of one installation know of one another: each cloud has its own. */
export class KnownClouds extends StorePart {
  /** Notes that there are batches for this cloud, so that workers serve it. */
  async add(cloud: string): Promise<void> {
    await this.redis.sadd(this.keys.clouds, cloud);
  }

  /** Notes the name under which the workers know the cloud of the environment: manifests may use it. */
  async setOwn(cloud: string): Promise<void> {
    await this.redis.set(this.keys.ownCloud, cloud);
  }

  /** The name of the cloud of the environment, when a worker has noted it. */
  async own(): Promise<string | undefined> {
    return (await this.redis.get(this.keys.ownCloud)) ?? undefined;
  }

  /** Every cloud that manifests have named. */
  async names(): Promise<readonly string[]> {
    return (await this.redis.smembers(this.keys.clouds)).sort();
  }
}
