import { isLoopback } from '../config/values.ts';
import { LedgerMismatchError } from '../errors/errors.ts';

/** Which ledger of a Redis has a project: only its workers create there. */
export interface Claim {
  /** `NAMESPACE`, or `NAMESPACE@CLOUD`. */
  readonly namespace: string;
  readonly database: number;
  /** Goes up with each move: a claim that was moved away cannot be noted again by who is late. */
  readonly number: number;
}

export type Place = Pick<Claim, 'namespace' | 'database'>;

/** What a project is to a claim: its id, which is unique in all clouds. */
export function scopeOf(projectId: string, imsEndpoint = ''): string {
  const url = URL.canParse(imsEndpoint) ? new URL(imsEndpoint) : undefined;
  // Simulators share ids; each has a port of this machine.
  return url && isLoopback(url.hostname) ? `${projectId}@${url.port}` : projectId;
}

/** One name for all namespaces and databases; in the access list of docs/redis.md. */
export function claimKey(scope: string): string {
  return `{imsferry:}:project:${scope}`;
}

export function claimText({ namespace, database, number }: Claim): string {
  return JSON.stringify({ namespace, database, number });
}

/** `undefined` for what is no claim; it is somebody's nevertheless. */
export function parseClaim(text: string): Claim | undefined {
  try {
    const { namespace, database, number } = JSON.parse(text) as Partial<Claim>;
    const isWhole = typeof namespace === 'string' && Number.isInteger(database);
    return isWhole && Number.isInteger(number)
      ? { namespace, database: database as number, number: number as number }
      : undefined;
  } catch {
    return undefined;
  }
}

export function isSamePlace(one: Place, other: Place): boolean {
  return one.namespace === other.namespace && one.database === other.database;
}

/** Why a ledger may not work on a project: another one does. */
export function alreadyTaken(
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

/** How people name two ledgers: what they share is left out. */
export function namesOf(one: Place, other: Place): readonly [string, string] {
  const [[base, cloud], [otherBase, otherCloud]] = [partsOf(one), partsOf(other)];
  const hasOneBase = base === otherBase && one.database === other.database;
  if (hasOneBase) return [cloudName(cloud), cloudName(otherCloud)];
  return [placeName(one, other), placeName(other, one)];
}

function cloudName(cloud: string | undefined): string {
  return cloud === undefined ? 'the cloud of the environment' : `cloud ${cloud}`;
}

function placeName(place: Place, other: Place): string {
  const [base, cloud] = partsOf(place);
  const of = cloud === undefined ? '' : `cloud ${cloud} of `;
  const where = place.database === other.database ? '' : ` in database ${place.database}`;
  return `${of}namespace ${base}${where}`;
}

function partsOf({ namespace }: Place): readonly [string, string | undefined] {
  const [base = namespace, cloud] = namespace.split('@');
  return [base, cloud];
}

function takeCommand(own: Place): string {
  const [, cloud] = partsOf(own);
  return `ims-ferry ${cloud === undefined ? '' : `--cloud ${cloud} `}resume --take-project`;
}
