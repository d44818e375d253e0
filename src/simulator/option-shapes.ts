import { z } from 'zod';

const text = z.string().min(1);
const project = z.strictObject({ id: text, name: text, region: text });

/** The switches that are more than a word, a number or a list of words. */
const SHAPES: Readonly<Record<string, z.ZodType>> = {
  temporaryKeys: z.strictObject({ accessKey: text, secretKey: text, securityToken: text }),
  agency: z.strictObject({
    name: text,
    domain: text,
    domainId: text,
    projects: z.array(project),
  }),
  catalogInterfaces: z.array(z.enum(['public', 'internal', 'admin'])).min(1),
};

/** What is wrong with the value of such a switch; `undefined` for a switch of another kind. */
export function shapeProblem(name: string, value: unknown): readonly string[] | undefined {
  const parsed = SHAPES[name]?.safeParse(value);
  return (
    parsed?.error?.issues.map(({ path, message }) => `${[name, ...path].join('.')}: ${message}`) ??
    (parsed && [])
  );
}
