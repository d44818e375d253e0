import { RedisError } from '../errors/errors.ts';
import { isCluster, type RedisConnection } from '../redis/redis-connection.ts';
import {
  alreadyTaken,
  type Claim,
  claimKey,
  claimText,
  isSamePlace,
  namesOf,
  type Place,
  parseClaim,
  scopeOf,
} from './claim.ts';
import { type LedgerKeys, ledgerKeys } from './ledger-keys.ts';
import { LEDGER_SCHEMA } from './ledger-schema.ts';
import { runScript } from './run-script.ts';
import { CLAIM_SCRIPT, HOLD_SCRIPT, RELEASE_SCRIPT } from './scripts/claim-scripts.ts';

/** What became of a wish to have a project here. */
export type Taken =
  | { readonly kind: 'taken'; readonly from?: string }
  /** The ledger that has it has open imports. */
  | { readonly kind: 'open'; readonly from: string; readonly open: number }
  /** No login has told this ledger its project yet. */
  | { readonly kind: 'unbound' };

/**
 * One project, one ledger: of all namespaces and databases of a Redis one has it. The claim stands where
 * all of them see it; the ledger notes that it holds it, and admission looks at both.
 */
export class ProjectClaim {
  readonly #redis: RedisConnection;
  readonly #keys: LedgerKeys;
  #taken: { readonly projectId: string; readonly scope: string } | undefined;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** @throws LedgerMismatchError when another ledger has the project */
  async check(projectId: string, imsEndpoint?: string): Promise<void> {
    const text = await this.#swap(claimKey(scopeOf(projectId, imsEndpoint)), '', '');
    if (text !== '') this.#mustBeOurs(text, projectId);
  }

  /**
   * Takes the project for this ledger where no other one has it.
   * @throws LedgerMismatchError when another one has
   * @throws RedisError when an access list hides the claims
   */
  async take(projectId: string, imsEndpoint?: string): Promise<void> {
    const scope = scopeOf(projectId, imsEndpoint);
    await this.#redis.hset(this.#keys.meta, 'claim_of', scope);
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
    const [projectId, scope] = await this.#redis.hmget(this.#keys.meta, 'project_id', 'claim_of');
    if (projectId == null || scope == null) return { kind: 'unbound' };
    const key = claimKey(scope);
    const text = (await this.#swap(key, '', '')) || (await this.#first(key, projectId));
    const holder = parseClaim(text);
    const own = this.#place();
    if (holder && isSamePlace(holder, own)) {
      await this.#take(projectId, scope);
      return { kind: 'taken' };
    }
    if (!holder) throw alreadyTaken(projectId, holder, own);
    return this.#moveFrom(holder, { key, text, projectId });
  }

  async #moveFrom(
    holder: Claim,
    { key, text, projectId }: { key: string; text: string; projectId: string },
  ): Promise<Taken> {
    const [from] = namesOf(holder, this.#place());
    const before = await this.#openOf(holder, 0);
    if (before > 0) return { kind: 'open', from, open: before };
    // Claims that were emptied count from the beginning; a ledger remembers which it has lost.
    const lost = Number((await this.#redis.hget(this.#keys.meta, 'claim_lost')) ?? 0);
    const number = Math.max(holder.number, lost) + 1;
    const ours = claimText({ ...this.#place(), number });
    this.#mustBeOurs(await this.#swap(key, text, ours), projectId);
    // From here on the other admits nothing; it may have taken up something meanwhile.
    const open = await this.#openOf(holder, holder.number);
    if (open > 0) {
      await this.#swap(key, ours, text);
      return { kind: 'open', from, open };
    }
    if (await this.#hold({ key, text: ours, projectId })) return { kind: 'taken', from };
    // Somebody has moved it on meanwhile: this says who.
    this.#mustBeOurs(await this.#swap(key, '', ''), projectId);
    return { kind: 'taken', from };
  }

  async #take(projectId: string, scope: string): Promise<void> {
    const key = claimKey(scope);
    for (;;) {
      const text = (await this.#swap(key, '', '')) || (await this.#first(key, projectId));
      this.#mustBeOurs(text, projectId);
      if (await this.#hold({ key, text, projectId })) return;
    }
  }

  /** Nobody has it; an older version may have noted who has. Answers who has it now. */
  async #first(key: string, projectId: string): Promise<string> {
    const { meta, projects, namespace } = this.#keys;
    const noted = (await this.#redis.hget(projects, projectId)) ?? namespace;
    const number = Number((await this.#redis.hget(meta, 'claim_lost')) ?? 0) + 1;
    return this.#swap(key, '', claimText({ ...this.#place(), namespace: noted, number }));
  }

  /** False when it was moved away meanwhile. */
  async #hold(claim: { key: string; text: string; projectId: string }): Promise<boolean> {
    const number = parseClaim(claim.text)?.number ?? 0;
    const key = isCluster(this.#redis) ? '' : claim.key;
    const answer = await runScript(this.#redis, HOLD_SCRIPT, {
      keys: [this.#keys.meta],
      args: [claim.text, String(number), key, claim.projectId, String(LEDGER_SCHEMA)],
    });
    return answer === 1;
  }

  /** Puts `to` in the place of `from`; answers what is there then. */
  async #swap(key: string, from: string, to: string): Promise<string> {
    const args = [String(this.#place().database), from, to];
    const script = runScript(this.#redis, CLAIM_SCRIPT, { keys: [key], args });
    return (await allowed(script, '{imsferry:}*')) as string;
  }

  async #openOf({ namespace, database }: Claim, number: number): Promise<number> {
    const { prefix, meta } = ledgerKeys(namespace);
    const own = this.#place().database;
    const script = runScript(this.#redis, RELEASE_SCRIPT, {
      keys: [meta],
      args: [prefix, String(database), String(own), String(number)],
    });
    return (await allowed(script, `${prefix.slice(0, -1)}*`)) as number;
  }

  #mustBeOurs(text: string, projectId: string): void {
    const holder = parseClaim(text);
    const own = this.#place();
    if (!holder || !isSamePlace(holder, own)) throw alreadyTaken(projectId, holder, own);
  }

  #place(): Place {
    const database = isCluster(this.#redis) ? 0 : (this.#redis.options.db ?? 0);
    return { namespace: this.#keys.namespace, database };
  }
}

const HIDDEN = /NOPERM|ACL failure|can't access/;

/** Without the claims nobody can tell whether another ledger works on the project. */
async function allowed<T>(asked: Promise<T>, pattern: string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Error) || !HIDDEN.test(error.message)) throw error;
    throw new RedisError(
      `The access list of Redis hides the keys ${pattern}: they tell which ledger a project belongs to.`,
      `Allow them to the user of REDIS_URL: ACL SETUSER <user> ~${pattern}; docs/redis.md has a list that is enough.`,
    );
  }
}
