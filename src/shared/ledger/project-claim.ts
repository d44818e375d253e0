import { z } from 'zod';
import { isLoopback } from '../config/values.ts';
import { LedgerMismatchError, RedisError } from '../errors/errors.ts';
import { isCluster } from '../redis/redis-connection.ts';
import { parseJson } from '../text/parse-json.ts';
import { LEDGER_SCHEMA, ledgerKeys } from './ledger-keys.ts';
import { FLAG, luaFile, StorePart } from './scripts.ts';

const claimSchema = z.object({
  /** `NAMESPACE`, or `NAMESPACE@CLOUD`. */
  namespace: z.string(),
  database: z.number().int(),
  /** Increases with each move: a late worker cannot note a claim that was moved away. */
  number: z.number().int(),
});

/** Which ledger of a Redis has a project: only its workers create there. */
type Claim = Readonly<z.infer<typeof claimSchema>>;
type Place = Pick<Claim, 'namespace' | 'database'>;

/** The claim of a project as it was read. */
interface ReadClaim {
  readonly key: string;
  readonly text: string;
  readonly projectId: string;
}

const LUA = luaFile('claim.lua');
const SWAP = LUA.script('swap', z.string());
const HOLD = LUA.script('hold', FLAG);
const RELEASE = LUA.script('release', z.number());

/** What became of an attempt to move a project here. */
type Taken =
  | { readonly kind: 'taken'; readonly from?: string }
  /** The ledger that has it has open imports. */
  | { readonly kind: 'open'; readonly from: string; readonly open: number }
  /** No login has bound this ledger to a project yet. */
  | { readonly kind: 'unbound' };

/**
 * One project, one ledger: of all namespaces and databases of a Redis one has it. The claim is where all of
 * them see it; the ledger notes that it holds it, and admission checks both.
 */
export class ProjectClaim extends StorePart {
  #taken: { readonly projectId: string; readonly scope: string } | undefined;

  /** @throws LedgerMismatchError when another ledger has the project */
  async check(projectId: string, imsEndpoint?: string): Promise<void> {
    const text = await this.#read(claimKey(scopeOf(projectId, imsEndpoint)));
    if (text !== '') this.#mustBeOurs(text, projectId);
  }

  /**
   * Takes the project for this ledger where no other one has it.
   * @throws LedgerMismatchError when another one has
   * @throws RedisError when an access list hides the claims
   */
  async take(projectId: string, imsEndpoint?: string): Promise<void> {
    const scope = scopeOf(projectId, imsEndpoint);
    await this.redis.hset(this.keys.meta, 'claim_of', scope);
    await this.#take(projectId, scope);
    this.#taken = { projectId, scope };
  }

  /**
   * Takes again what was taken: the claim or the ledger may have been emptied, or the project moved away.
   * Nothing before it was taken once.
   * @throws LedgerMismatchError when another ledger has it now
   */
  async keep(): Promise<void> {
    if (this.#taken) await this.#take(this.#taken.projectId, this.#taken.scope);
  }

  /** Moves the project here from a ledger that has no open import; a person wants it. */
  async moveHere(): Promise<Taken> {
    const [projectId, scope] = await this.redis.hmget(this.keys.meta, 'project_id', 'claim_of');
    if (projectId == null || scope == null) return { kind: 'unbound' };
    const key = claimKey(scope);
    const text = (await this.#read(key)) || (await this.#first(key, projectId));
    const holder = parseClaim(text);
    const own = this.#place();
    if (!holder) throw alreadyTaken(projectId, holder, own);
    if (!isSamePlace(holder, own)) return this.#moveFrom(holder, { key, text, projectId });
    await this.#take(projectId, scope);
    return { kind: 'taken' };
  }

  async #moveFrom(holder: Claim, { key, text, projectId }: ReadClaim): Promise<Taken> {
    const [from] = namesOf(holder, this.#place());
    const before = await this.#openOf(holder, 0);
    if (before > 0) return { kind: 'open', from, open: before };
    // Claims that were emptied count from the beginning; a ledger remembers which it has lost.
    const lost = Number((await this.redis.hget(this.keys.meta, 'claim_lost')) ?? 0);
    const number = Math.max(holder.number, lost) + 1;
    const ours = claimText({ ...this.#place(), number });
    this.#mustBeOurs(await this.#swap(key, text, ours), projectId);
    // From here on the other ledger admits nothing; it may have admitted something meanwhile.
    const open = await this.#openOf(holder, holder.number);
    if (open > 0) {
      await this.#swap(key, ours, text);
      return { kind: 'open', from, open };
    }
    if (await this.#hold({ key, text: ours, projectId })) return { kind: 'taken', from };
    // It was moved on meanwhile: the error says where.
    this.#mustBeOurs(await this.#read(key), projectId);
    return { kind: 'taken', from };
  }

  async #take(projectId: string, scope: string): Promise<void> {
    const key = claimKey(scope);
    for (;;) {
      const text = (await this.#read(key)) || (await this.#first(key, projectId));
      this.#mustBeOurs(text, projectId);
      if (await this.#hold({ key, text, projectId })) return;
    }
  }

  /** No ledger has it; an older version may have noted one. Returns the claim there is now. */
  async #first(key: string, projectId: string): Promise<string> {
    const { meta, projects, namespace } = this.keys;
    const noted = (await this.redis.hget(projects, projectId)) ?? namespace;
    const number = Number((await this.redis.hget(meta, 'claim_lost')) ?? 0) + 1;
    return this.#swap(key, '', claimText({ ...this.#place(), namespace: noted, number }));
  }

  /** False when it was moved away meanwhile. */
  async #hold({ key, text: claim, projectId }: ReadClaim): Promise<boolean> {
    const number = parseClaim(claim)?.number ?? 0;
    const claimKey = isCluster(this.redis) ? undefined : key;
    const arg = { claim, number, claimKey, projectId, schema: LEDGER_SCHEMA };
    return this.run(HOLD, this.keys.meta, arg);
  }

  async #read(key: string): Promise<string> {
    return this.#swap(key, '');
  }

  /** Replaces `expected` by `claim`; returns what is there then. */
  async #swap(key: string, expected: string, claim?: string): Promise<string> {
    const arg = { database: this.#place().database, expected, claim };
    return allowed(this.run(SWAP, key, arg), '{imsferry:}*');
  }

  async #openOf({ namespace, database }: Claim, number: number): Promise<number> {
    const { prefix, meta } = ledgerKeys(namespace);
    const arg = { prefix, database, own: this.#place().database, number };
    return allowed(this.run(RELEASE, meta, arg), `${prefix.slice(0, -1)}*`);
  }

  #mustBeOurs(text: string, projectId: string): void {
    const holder = parseClaim(text);
    const own = this.#place();
    if (!holder || !isSamePlace(holder, own)) throw alreadyTaken(projectId, holder, own);
  }

  #place(): Place {
    const database = isCluster(this.redis) ? 0 : (this.redis.options.db ?? 0);
    return { namespace: this.keys.namespace, database };
  }
}

const HIDDEN = /NOPERM|ACL failure|can't access/;

/** Without the claims it is unknown whether another ledger works on the project. */
async function allowed<T>(call: Promise<T>, pattern: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof Error) || !HIDDEN.test(error.message)) throw error;
    throw new RedisError(
      `The access list of Redis hides the keys ${pattern}: they record which ledger a project belongs to.`,
      `Allow them to the user of REDIS_URL: ACL SETUSER <user> ~${pattern}; docs/redis.md has a list that is enough.`,
    );
  }
}

/** What a project is to a claim: its id, which is unique in all clouds. */
export function scopeOf(projectId: string, imsEndpoint = ''): string {
  const url = URL.canParse(imsEndpoint) ? new URL(imsEndpoint) : undefined;
  // Simulators share ids; each has a port of this machine.
  return url && isLoopback(url.hostname) ? `${projectId}@${url.port}` : projectId;
}

/** One name for all namespaces and databases; in the access list of docs/redis.md. */
function claimKey(scope: string): string {
  return `{imsferry:}:project:${scope}`;
}

function claimText({ namespace, database, number }: Claim): string {
  return JSON.stringify({ namespace, database, number });
}

/** `undefined` for what is no claim; some ledger has the project nevertheless. */
export function parseClaim(text: string): Claim | undefined {
  return claimSchema.safeParse(parseJson(text)).data;
}

function isSamePlace(one: Place, other: Place): boolean {
  return one.namespace === other.namespace && one.database === other.database;
}

/** A ledger may not work on a project while another one does. */
function alreadyTaken(
  projectId: string,
  holder: Place | undefined,
  own: Place,
): LedgerMismatchError {
  const [there, here] = holder ? namesOf(holder, own) : ['another ledger', 'this one'];
  return new LedgerMismatchError(
    `Project ${projectId} belongs to ${there} already; ${here} leads to the same project.`,
    `Use one ledger for it: with two, its images would be created twice. To move the project here once ${there} has no open image: ${takeCommand(own)}`,
  );
}

/** The names of two ledgers for people: what they share is left out. */
export function namesOf(one: Place, other: Place): readonly [string, string] {
  return [nameBeside(one, other), nameBeside(other, one)];
}

function nameBeside({ namespace, database }: Place, other: Place): string {
  const [base, cloud] = namespace.split('@');
  const isSameDatabase = database === other.database;
  if (isSameDatabase && base === other.namespace.split('@')[0]) {
    return cloud === undefined ? 'the cloud of the environment' : `cloud ${cloud}`;
  }
  const of = cloud === undefined ? '' : `cloud ${cloud} of `;
  return `${of}namespace ${base}${isSameDatabase ? '' : ` in database ${database}`}`;
}

function takeCommand({ namespace }: Place): string {
  const [, cloud] = namespace.split('@');
  return `ims-ferry ${cloud === undefined ? '' : `--cloud ${cloud} `}resume --take-project`;
}
