import { createHash } from 'node:crypto';
import type { Project, SimulatorOptions } from '../options.ts';

export const USER_ID = '93e12ecc2b9c4c1c8a4d3a2f1b0c9d8e';
export const DOMAIN_ID = 'd78cbac186b744899480f25bd022f468';

/** An account; the clouds call it a domain. */
export interface Domain {
  readonly id: string;
  readonly name: string;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly domain: Domain;
}

/** A reference in a login: by id, or by name. */
interface Reference {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

export function homeDomain({ domain }: SimulatorOptions): Domain {
  return { id: DOMAIN_ID, name: domain };
}

export function homeUser(options: SimulatorOptions): User {
  return { id: USER_ID, name: options.username, domain: homeDomain(options) };
}

export function agencyDomain({ agency }: SimulatorOptions): Domain {
  return { id: agency.domainId, name: agency.domain };
}

/** IAM: a token of an agency belongs to a user called `<account>/<agency>`. */
export function agencyUser(options: SimulatorOptions): User {
  const { name, domain } = options.agency;
  const id = `${USER_ID.slice(0, 24)}a6e2c4f1`;
  return { id, name: `${domain}/${name}`, domain: agencyDomain(options) };
}

/** The projects that one of the two accounts has created, the first one first. */
export function ownProjectsIn({ id }: Domain, options: SimulatorOptions): readonly Project[] {
  if (id === options.agency.domainId) return options.agency.projects;
  const { projectId, project, region } = options;
  return [{ id: projectId, name: project, region }, ...options.projects];
}

/** Including those that each account has from the start: one per region, with its name. */
export function projectsIn(domain: Domain, options: SimulatorOptions): readonly Project[] {
  const own = ownProjectsIn(domain, options);
  const names = new Set(own.map(({ name }) => name));
  const main = [...new Set(own.map(({ region }) => region))].map((region): Project => {
    const digest = createHash('md5').update(`${domain.id} ${region}`).digest('hex');
    return { id: digest, name: region, region };
  });
  return [...own, ...main.filter(({ name }) => !names.has(name))];
}

function allProjects(options: SimulatorOptions): readonly Project[] {
  return [
    ...projectsIn(homeDomain(options), options),
    ...projectsIn(agencyDomain(options), options),
  ];
}

/** Every region once, that of the first project first. */
export function regionsOf(options: SimulatorOptions): readonly string[] {
  return [...new Set(allProjects(options).map(({ region }) => region))];
}

/**
 * An image of another project of this cloud is hidden; one with an unknown owner counts
 * as shared.
 */
export function isVisible(owner: string, projectId: string, options: SimulatorOptions): boolean {
  return owner === projectId || !allProjects(options).some(({ id }) => id === owner);
}

export function isDomain({ id, name }: Reference, domain: Domain): boolean {
  return id === undefined ? name === domain.name : id === domain.id;
}

/** IAM: a name is enough where it is unique in the account. */
export function findProject(
  { domain, id, name }: Reference & { readonly domain?: Reference | undefined },
  owner: Domain,
  options: SimulatorOptions,
): Project | undefined {
  if (id === undefined && domain !== undefined && !isDomain(domain, owner)) return undefined;
  return projectsIn(owner, options).find((project) =>
    id === undefined ? project.name === name : project.id === id,
  );
}
