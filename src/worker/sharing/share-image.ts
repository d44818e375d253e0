import type { WriteAnswer, Writer } from '../../shared/cloud/ims/ims-writer.ts';
import { acceptImage, type ImageMembers } from '../../shared/cloud/ims/members.ts';
import { aboutCloud, type OtherClouds } from '../../shared/cloud/other-clouds.ts';
import { FerryError } from '../../shared/errors/errors.ts';
import { type Member, NOT_BEGUN, type Sharing } from '../../shared/image/sharing.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { isCallRefused } from '../../shared/look-up/inspect-images.ts';
import type { Looked } from './decide-sharing.ts';
import { isConflict, isUndecided, notAdded, OWN_PROJECT, TRIES, whyOf } from './judge-answer.ts';

/** What one look needs. */
interface ShareDeps {
  readonly members: ImageMembers;
  readonly others: Pick<OtherClouds, 'of'>;
  /** The project that has the image. */
  readonly projectId: string;
  readonly stopping: AbortSignal;
}

/** The cloud wants fewer calls. */
export interface Throttled {
  readonly retryAfterMs?: number;
}

/** New members in one look: one image must not keep the others waiting. */
const MOST_ADDED = 20;
/**
 * One look at the members of the images of an import: adds those that are missing, and accepts where another
 * login can. What IMS lists decides, so it can be stopped anywhere and done again.
 */
export class ShareLook {
  readonly #deps: ShareDeps;
  readonly #entry: LedgerEntry;
  readonly #images: readonly string[];
  /** By image, then by project: the words of IMS. */
  readonly #seen = new Map<string, Map<string, string>>();
  readonly #members: Record<string, Member> = {};
  readonly #checks: number;
  #problem: Sharing['problem'];
  #added = 0;
  #hasMore = false;
  throttled: Throttled | undefined;

  constructor(deps: ShareDeps, entry: LedgerEntry) {
    this.#deps = deps;
    this.#entry = entry;
    this.#checks = entry.sharing?.checks ?? 0;
    const { state } = entry;
    this.#images =
      state.status === 'succeeded' ? [state.imageId, ...(state.otherImageIds ?? [])] : [];
  }

  async run(): Promise<Looked> {
    const before = this.#entry.sharing ?? NOT_BEGUN;
    const wanted = this.#entry.request.members ?? [];
    for (const project of wanted) {
      this.#members[project] = before.members[project] ?? { status: 'adding' };
    }
    if (!(await this.#read())) return this.#looked();
    for (const project of wanted) this.#members[project] = this.#judge(project);
    for (const project of wanted) {
      if (this.#members[project]?.status === 'adding' && !(await this.#add(project))) break;
    }
    if (!this.#isStopped()) await this.#accept();
    return this.#looked();
  }

  #looked(): Looked {
    const problem = this.#problem;
    const rest = this.#hasMore ? { hasMore: true } : {};
    return { members: this.#members, ...rest, ...(problem && { problem }) };
  }

  /** Whether there is no sense in another call now. */
  #isStopped(): boolean {
    return this.throttled !== undefined || this.#deps.stopping.aborted;
  }

  /** False where the members of an image cannot be read. */
  async #read(): Promise<boolean> {
    for (const imageId of this.#images) {
      const answer = await this.#deps.members.list(imageId);
      switch (answer.kind) {
        case 'ok': {
          const words = answer.value.map(({ projectId, status }) => [projectId, status] as const);
          this.#seen.set(imageId, new Map(words));
          break;
        }
        case 'not-found':
          this.#failAll({ code: 'IMAGE_GONE', message: `image ${imageId} is gone from IMS` });
          return false;
        case 'failed':
          if (answer.throttled) this.throttled = answer;
          this.#problem = whyOf(answer);
          if (isCallRefused(answer) && this.#checks + 1 >= TRIES) this.#failAll(whyOf(answer));
          return false;
      }
    }
    return true;
  }

  #failAll(why: { readonly code: string; readonly message: string }): void {
    for (const project of Object.keys(this.#members)) {
      this.#members[project] = { status: 'failed', ...why };
    }
  }

  /** What IMS shows of a project counts, whatever was noted before. */
  #judge(project: string): Member {
    const words = this.#images.map((imageId) => this.#seen.get(imageId)?.get(project));
    if (words.includes(undefined)) {
      if (project === this.#deps.projectId) return OWN_PROJECT;
      const before = this.#members[project];
      return before?.status === 'failed' || before?.tries ? before : { status: 'adding' };
    }
    if (words.includes('rejected')) return { status: 'rejected' };
    return { status: words.every((word) => word === 'accepted') ? 'accepted' : 'pending' };
  }

  /** Adds a project to each image that it does not have; false when no other should be tried now. */
  async #add(project: string): Promise<boolean> {
    for (const imageId of this.#images) {
      if (this.#seen.get(imageId)?.has(project)) continue;
      this.#hasMore = this.#added >= MOST_ADDED;
      if (this.#hasMore || this.#isStopped()) return false;
      this.#added += 1;
      const answer = await this.#deps.members.add(imageId, project);
      const isThere = answer.kind === 'ok' || isConflict(answer);
      if (isThere) {
        this.#seen.get(imageId)?.set(project, 'pending');
        continue;
      }
      return this.#notAdded(project, answer);
    }
    this.#members[project] = { status: 'pending' };
    return true;
  }

  #notAdded(project: string, answer: Exclude<WriteAnswer, { kind: 'ok' }>): boolean {
    const member = notAdded(this.#members[project], answer);
    if (answer.kind === 'failed' && answer.throttled) this.throttled = answer;
    if (member) this.#members[project] = member;
    else this.#problem = { code: answer.code, message: answer.message };
    return member !== undefined;
  }

  /** Other logins of clouds.yaml accept, each for its own project. */
  async #accept(): Promise<void> {
    const waiting = (): boolean => Object.values(this.#members).some(isUndecided);
    for (const name of this.#entry.request.accept_as ?? []) {
      if (!waiting() || this.#isStopped()) return;
      try {
        const { sessions, writer } = await this.#deps.others.of(name);
        const { projectId } = await sessions.get();
        await this.#acceptAs({ name, projectId: projectId.toLowerCase(), writer });
      } catch (error) {
        if (!(error instanceof FerryError)) throw error;
        this.#problem = { code: error.code, message: aboutCloud(name, error.message) };
      }
    }
  }

  async #acceptAs({ name, projectId, writer }: Accepter): Promise<void> {
    const member = this.#members[projectId];
    if (!member) {
      const message = `cloud ${name} logs in to project ${projectId}, which is none of the members`;
      this.#problem = { code: 'NOT_A_MEMBER', message };
      return;
    }
    if (!isUndecided(member)) return;
    for (const imageId of this.#images) {
      if (this.#seen.get(imageId)?.get(projectId) === 'accepted') continue;
      const answer = await acceptImage(writer, { imageId, projectId });
      if (answer.kind === 'ok') continue;
      const { code, message } = answer;
      this.#problem = { code, message: `cloud ${name} cannot accept: ${message}` };
      return;
    }
    this.#members[projectId] = { status: 'accepted' };
  }
}

interface Accepter {
  readonly name: string;
  readonly projectId: string;
  readonly writer: Writer;
}
