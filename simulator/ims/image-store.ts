import type { KeptImage } from '../state/kept-world.ts';
import type { Task } from './job-life.ts';
import type { Tag } from './tags.ts';

/** An image as it was requested; its status follows from its task and the time. */
export interface StoredImage {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly tags: readonly Tag[];
  readonly createdAt: number;
  /** Set by DELETE; until then the image exists. */
  readonly deletedAt?: number;
  /** Projects that it is shared with. */
  readonly members?: readonly Member[];
  readonly task?: Task;
  /** The attributes that come from the request, or that were patched. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A project that an image is shared with. */
export interface Member {
  readonly projectId: string;
  readonly status: 'pending' | 'accepted' | 'rejected';
  readonly createdAt: number;
  readonly updatedAt: number;
}

export function membersOf({ members = [] }: Pick<StoredImage, 'members'>): readonly Member[] {
  return members;
}

export function memberOf(
  image: Pick<StoredImage, 'members'>,
  projectId: string,
): Member | undefined {
  return membersOf(image).find((member) => member.projectId === projectId);
}

/** The images, indexed by id, tag and name. */
export class ImageStore {
  readonly #images = new Map<string, StoredImage>();
  readonly #byTag = new Map<string, Set<string>>();
  readonly #byName = new Map<string, Set<string>>();
  /** Images whose task fails: they stop counting when it does. */
  readonly #failing = new Set<string>();
  #live = 0;

  /** Adds an image, or replaces it. */
  put(image: StoredImage): void {
    const before = this.#images.get(image.id);
    if (before) this.#unlist(before);
    this.#images.set(image.id, image);
    entry(this.#byName, image.name).add(image.id);
    for (const { key, value } of image.tags) entry(this.#byTag, `${key}=${value}`).add(image.id);
    if (image.deletedAt !== undefined) this.#failing.delete(image.id);
    else this.#live += 1;
    if (image.task?.failure && image.deletedAt === undefined) this.#failing.add(image.id);
  }

  #unlist(image: StoredImage): void {
    this.#byName.get(image.name)?.delete(image.id);
    for (const { key, value } of image.tags) this.#byTag.get(`${key}=${value}`)?.delete(image.id);
    if (image.deletedAt === undefined) this.#live -= 1;
  }

  get(id: string): StoredImage | undefined {
    return this.#images.get(id);
  }

  all(): Iterable<StoredImage> {
    return this.#images.values();
  }

  named(name: string): readonly StoredImage[] {
    return this.#those(this.#byName.get(name));
  }

  /** Those with a tag, given as `key=value`. */
  tagged(text: string): readonly StoredImage[] {
    return this.#those(this.#byTag.get(text));
  }

  #those(ids: ReadonlySet<string> | undefined): readonly StoredImage[] {
    return [...(ids ?? [])].flatMap((id) => this.#images.get(id) ?? []);
  }

  toKeep(): readonly KeptImage[] {
    return [...this.all()].map(({ task, ...image }) => ({
      ...image,
      ...(task ? { jobId: task.jobId } : {}),
    }));
  }

  restore(images: readonly KeptImage[], tasks: ReadonlyMap<string, Task>): void {
    for (const { jobId, ...image } of images) {
      const task = tasks.get(jobId ?? '');
      this.put(task ? { ...image, task } : image);
    }
  }

  /** Images that exist or are being created; failed and deleted ones do not count. */
  count(now: number): number {
    let failed = 0;
    for (const id of this.#failing) {
      if (now >= (this.#images.get(id)?.task?.endsAt ?? now)) failed += 1;
    }
    return this.#live - failed;
  }
}

function entry(index: Map<string, Set<string>>, key: string): Set<string> {
  const found = index.get(key);
  if (found) return found;
  const made = new Set<string>();
  index.set(key, made);
  return made;
}
