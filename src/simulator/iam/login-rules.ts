import { z } from 'zod';
import type { SimulatorOptions } from '../options.ts';

export const USER_ID = '93e12ecc2b9c4c1c8a4d3a2f1b0c9d8e';
export const DOMAIN_ID = 'd78cbac186b744899480f25bd022f468';

const reference = z.object({ name: z.string().optional(), id: z.string().optional() });
const named = reference.extend({ domain: reference.optional() });
const loginSchema = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()).min(1),
      password: z.object({ user: named.extend({ password: z.string() }) }),
    }),
    scope: z.object({ project: named.optional(), domain: reference.optional() }).optional(),
  }),
});

export type Scope = 'project' | 'domain' | 'none';

export type LoginVerdict =
  | { readonly kind: 'welcome'; readonly scope: Scope }
  | { readonly kind: 'bad request' }
  | { readonly kind: 'wrong password' }
  | { readonly kind: 'no such scope' };

/** What IAM makes of the body of a login. */
export function judgeLogin(body: unknown, options: SimulatorOptions): LoginVerdict {
  const parsed = loginSchema.safeParse(body);
  if (!parsed.success || !parsed.data.auth.identity.methods.includes('password')) {
    return { kind: 'bad request' };
  }
  const { identity, scope } = parsed.data.auth;
  if (!isUser(identity.password.user, options)) return { kind: 'wrong password' };
  if (scope?.project) return isProject(scope.project, options) ? welcome('project') : NO_SCOPE;
  if (scope?.domain) return isDomain(scope.domain, options) ? welcome('domain') : NO_SCOPE;
  return welcome('none');
}

const NO_SCOPE = { kind: 'no such scope' } as const;

function welcome(scope: Scope): LoginVerdict {
  return { kind: 'welcome', scope };
}

type Reference = z.infer<typeof reference>;
type Named = z.infer<typeof named>;

function isUser(user: Named & { password: string }, options: SimulatorOptions): boolean {
  const isKnown =
    user.id === undefined
      ? user.name === options.username && isDomain(user.domain ?? {}, options)
      : user.id === USER_ID;
  return isKnown && user.password === options.password;
}

function isDomain({ id, name }: Reference, options: SimulatorOptions): boolean {
  return id === undefined ? name === options.domain : id === DOMAIN_ID;
}

/** A name is enough where it is unique in the user's domain. */
function isProject({ id, name, domain }: Named, options: SimulatorOptions): boolean {
  if (id !== undefined) return id === options.projectId;
  return name === options.project && (domain === undefined || isDomain(domain, options));
}
