import { z } from 'zod';

const reference = z.object({ name: z.string().optional(), id: z.string().optional() });
const named = reference.extend({ domain: reference.optional() });
const text = z.string().optional();

/** The body of POST /v3/auth/tokens, as far as its form goes. */
export const loginSchema = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()).min(1),
      password: z.object({ user: named.extend({ password: z.string() }) }).optional(),
      totp: z.object({ user: z.object({ id: z.string(), passcode: z.string() }) }).optional(),
      token: z.object({ id: z.string() }).optional(),
      assume_role: z
        .object({ domain_id: text, domain_name: text, xrole_name: text, agency_name: text })
        .optional(),
    }),
    scope: z.object({ project: named.optional(), domain: reference.optional() }).optional(),
  }),
});

export type LoginBody = z.infer<typeof loginSchema>['auth'];
export type Identity = LoginBody['identity'];
